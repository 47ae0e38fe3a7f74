"""Intake: from what a contact center has to conversations."""
