"""The websocket exchange: what an external ranger relays to browsers."""
