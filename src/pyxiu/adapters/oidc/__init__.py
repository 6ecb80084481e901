"""OpenID Connect: tokens of an outside identity provider, checked with the keys that it publishes."""
