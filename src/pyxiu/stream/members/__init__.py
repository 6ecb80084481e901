"""What a member is told about itself: orders, trades and balances, from the records that touch them."""
