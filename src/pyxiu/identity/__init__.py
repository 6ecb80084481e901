"""Who may do what: users, sessions, second factors, API keys, permissions, KYC. It holds no balance."""
