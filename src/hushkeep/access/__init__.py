"""The access decision and the facts it looks at."""
