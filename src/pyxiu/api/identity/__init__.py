"""The Barong side of the API: sign-up, sessions, factors, keys, profiles, and the authorisation endpoint."""
