"""The Bitcoin family: Bitcoin, Litecoin, and others by their parameters."""
