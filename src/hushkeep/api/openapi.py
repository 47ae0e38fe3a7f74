"""The API's description for others (OpenAPI 3.1), as committed in ``docs/reference/openapi.json``."""

import json

from hushkeep.api.assembly import assemble


def document() -> str:
    """Return the OpenAPI document as JSON text, keys sorted."""
    schema = assemble().get_openapi_schema(path_prefix="/api/v1")
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
