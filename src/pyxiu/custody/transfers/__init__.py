"""Internal transfers: from one member to another, without a chain."""
