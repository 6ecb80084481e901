"""The ledger against the chains: what is held, what is owed, and every difference explained or shown."""
