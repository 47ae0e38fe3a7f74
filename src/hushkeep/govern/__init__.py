"""Controls, probes and evidence."""
