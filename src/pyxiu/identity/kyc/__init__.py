"""Who a member is: profiles, phones, documents, addresses; what is personal in them is sealed."""
