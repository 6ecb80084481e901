"""Signed tokens for other services: keys by purpose, tokens, and the public keys to check them with."""
