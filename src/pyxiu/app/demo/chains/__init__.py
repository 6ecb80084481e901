"""The demo's own chains: a private Litecoin and a private Ethereum on this machine, with coins for whoever asks."""
