"""The schema of audit: forward only, run by the owner."""
