"""The wallets that hold what members have deposited: their balances, what chains charge, and moves between them."""
