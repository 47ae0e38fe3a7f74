"""Hushkeep (守口): the data-protection layer of a contact center."""

__version__ = "0.1.0"
