"""Sessions: logging in, staying in, being thrown out."""
