"""Two demo bots, a maker and a taker: ordinary clients of the public HTTP API, with no other way in."""
