"""Deposits: what was paid to members' addresses, credited once each, taken back where a chain takes it back."""
