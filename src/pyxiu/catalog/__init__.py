"""Assets, networks, markets and fee schedules: what can be traded, and under which rules."""
