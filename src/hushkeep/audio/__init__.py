"""Read, search and silence call recordings."""
