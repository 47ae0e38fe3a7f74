"""Customers, conversations and recordings: protect, store, reveal."""
