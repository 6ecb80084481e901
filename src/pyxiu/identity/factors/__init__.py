"""Second factors: codes of an authenticator app, recovery codes and passkeys, and proofs bound to an action."""
