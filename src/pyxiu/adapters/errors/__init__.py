"""Where faults are reported to."""
