"""Deposit addresses: given at once, from public keys alone, and watched for ever."""
