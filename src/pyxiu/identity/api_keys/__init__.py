"""API keys: what signs requests in place of a session, with less power than one."""
