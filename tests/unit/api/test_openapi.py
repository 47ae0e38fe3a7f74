"""docs/reference/openapi.json is the API as it is; ``WRITE_OPENAPI=1`` in the environment renews it."""

import os
from pathlib import Path

from hushkeep.api.openapi import document

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"


def test_the_committed_document_is_the_apis():
    if os.environ.get("WRITE_OPENAPI"):
        COMMITTED.write_text(document(), "utf-8")
    assert COMMITTED.read_text("utf-8") == document()
