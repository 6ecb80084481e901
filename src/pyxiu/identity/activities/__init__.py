"""What users and staff have done: an append-only trail, staff's part of it as a hash chain."""
