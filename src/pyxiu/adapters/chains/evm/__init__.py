"""EVM chains: Ethereum and any other by its chain id, with ERC-20 tokens."""
