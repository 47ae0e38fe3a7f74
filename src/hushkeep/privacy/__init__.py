"""Consent, requests of data subjects, retention and transfers."""
