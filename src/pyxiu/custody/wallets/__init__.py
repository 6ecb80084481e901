"""Wallets: whose keys receive deposits, pay withdrawals and keep the rest."""
