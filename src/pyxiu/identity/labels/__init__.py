"""Labels: what is known about a user; private ones drive level and state."""
