"""The browser face: serves the built React application."""
