"""A demo exchange: four assets, four markets, three funded members, and two bots that trade over the public API."""
