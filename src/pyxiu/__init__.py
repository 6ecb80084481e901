"""Pyxiu: an open-source crypto exchange platform."""

__version__ = "0.1.0"
