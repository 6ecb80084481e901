"""Accounts: from sign-up to deletion, with their passwords and their standing."""
