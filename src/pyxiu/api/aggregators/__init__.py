"""Market data in the shapes that CoinMarketCap and CoinGecko collect."""
