"""Tables derived from the journal. They may lag; they may not skip."""
