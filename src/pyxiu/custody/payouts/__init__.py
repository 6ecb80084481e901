"""Payouts: what leaves our keys, planned once, signed once, and followed until the chain has decided."""
