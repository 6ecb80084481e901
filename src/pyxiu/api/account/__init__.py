"""A member's money, to read."""
