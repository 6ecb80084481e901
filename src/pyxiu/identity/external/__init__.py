"""Identities at outside providers: logging in by one, and linking it to an account."""
