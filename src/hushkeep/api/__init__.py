"""The HTTP face: parse, call, map."""
