"""Use cases over identity that people trigger: each asks the gate, acts, and leaves its event."""
