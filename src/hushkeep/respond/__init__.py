"""Incidents, clocks and containment."""
