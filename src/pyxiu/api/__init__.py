"""The HTTP edge: it parses the wire, calls the engine or a use case, and renders the answer."""
