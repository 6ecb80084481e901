"""Kill anything at any time, under load, and hold the exchange to what it had told (T-76)."""
