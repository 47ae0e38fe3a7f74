"""Seal and open values and files; wrap and unwrap keys."""
