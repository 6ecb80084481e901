"""The dialect's entities: structs that are encoded as they are, and the functions that fill them."""
