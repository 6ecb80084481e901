"""What anyone may ask: markets, currencies, market data, fees, limits, health."""
