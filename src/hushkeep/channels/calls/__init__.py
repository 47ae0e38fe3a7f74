"""What telephone systems tell of their recordings: sidecars, lists of calls, pause and mask events."""
