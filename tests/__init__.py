"""Tests, in folders by how much they start: unit nothing, e2e all of Pyxiu; architecture only reads the source."""
