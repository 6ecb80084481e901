"""From deposit addresses to the treasury: what is worth moving, where it goes, and the gas that it needs."""
