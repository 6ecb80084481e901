"""What the ports of the contexts are plugged with: object stores, captchas, phone providers and so on."""
