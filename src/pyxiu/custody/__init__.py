"""Coins on chains: who is to be credited for what arrives, and how what leaves is paid exactly once."""
