"""The signer: what it allows, what it has signed, and signing itself. Runs in a process of its own, with the keys."""
