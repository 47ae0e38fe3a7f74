"""Find personal data in conversations."""
