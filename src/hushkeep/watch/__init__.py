"""Baselines, rules and alerts over events; never reads records."""
