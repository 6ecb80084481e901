"""Where private keys lie. Only the signer, and the operator who makes keys, may open one of these."""
