"""The tree, proofs and checkpoints of a tamper-evident log."""
