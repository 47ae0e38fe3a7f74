"""The room's jobs; the worker imports this module and runs what it registers."""

from hushkeep.records.recordings.checking import CHECK
from hushkeep.records.recordings.scanning import SCAN

__all__ = ["CHECK", "SCAN"]
