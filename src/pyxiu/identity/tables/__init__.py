"""Identity's tables as SQLAlchemy sees them: a module per migration that makes them, queried by stores alone."""
