"""Ways to send a code to a phone."""
