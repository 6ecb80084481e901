"""Chains: reading their blocks, deriving their addresses, making and sending their transactions."""
