"""Who may call what, and from where: permissions by role, restrictions by address, whitelinks that lift them."""
