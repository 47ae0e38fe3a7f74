"""Recordings of calls: landed sealed, searched, silenced where they must be, played second by second."""
