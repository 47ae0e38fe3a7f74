"""Backup, restore and drills."""
