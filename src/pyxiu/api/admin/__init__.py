"""The Barong admin group: what staff sees and changes, each route behind an ability."""
