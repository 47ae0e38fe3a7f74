"""The web console: serves the built single-page application, its index with a fresh nonce each time."""
