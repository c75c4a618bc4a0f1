"""`harness schema`: what results.json holds, for programs that read it."""

from __future__ import annotations

import json
from typing import Any

from .options import AsJson


def schema(as_json: AsJson = False) -> None:
    """Print the JSON schema of results.json (draft 2020-12)."""
    print(json.dumps(results_schema(), indent=2, ensure_ascii=False))


def results_schema() -> dict[str, Any]:
    """The JSON schema of a file of this version: a field with a default may be missing, others may be added."""
    from ..comparison import SCHEMA_VERSION, Comparison

    made = Comparison.model_json_schema()
    made["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:seqharness:results:{SCHEMA_VERSION}",
        **made,
        "title": f"results.json of seqharness, version {SCHEMA_VERSION}",
    }
