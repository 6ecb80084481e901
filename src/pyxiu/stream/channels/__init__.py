"""What everybody may subscribe to: one file for each kind of stream."""
