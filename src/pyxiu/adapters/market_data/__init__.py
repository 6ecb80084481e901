"""Prices of other exchanges."""
