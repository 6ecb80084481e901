"""A member's trading: place and cancel orders, one by one or in batches, and read orders and trades."""
