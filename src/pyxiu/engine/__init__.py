"""The single writer: it orders commands, asks the core, and answers only after the journal has committed."""
