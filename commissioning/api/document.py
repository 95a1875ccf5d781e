"""The OpenAPI 3.1 document, drawn from the declared operations and the models by which requests are checked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from commissioning.api.operations import OPERATIONS, PREFIX, Operation
from commissioning.api.problems import MEDIA_TYPE, TYPES
from commissioning.api.schemas import MOST_ID, Problem

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_TAGS = {
    "me": "The caller and what waits for them",
    "cases": "Everything that is in a workflow, in one shape",
    "reports": "Writing reports",
    "bodies": "Bodies, meetings and actions",
    "units": "Business units, their specifications and their months",
    "cycles": "Plans and commissioning cycles",
    "contracts": "The register of contracts",
    "library": "The library of evidence",
    "money": "Grants, pooled functions, what is bought, and personal budgets",
}
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Fresh for each thing that you want done. The same one again does nothing more.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}


_OF_A_FILE = {"application/json": {"type": "object"}}
"""What a file holds that is sent as it is read, where it is more than bytes."""


@lru_cache(maxsize=4)
def document(service: str, base_url: str) -> Json:
    """The document of all operations."""
    paths: dict[str, Json] = {}
    for op in OPERATIONS:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{service}: API",
            "version": "1",
            "description": "The same rules as the pages. Ids are whole numbers below 2^53, money is whole pence, days "
            "and instants are ISO 8601. Unknown and secret things answer 404 alike.",
        },
        "servers": [{"url": base_url.rstrip("/") + PREFIX}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
            "responses": {str(status): _problem(status) for status in TYPES},
        },
    }


def _operation(op: Operation) -> Json:
    found: Json = {
        "operationId": op.name,
        "tags": [op.tag],
        "summary": op.summary,
        "description": op.description,
        "parameters": _parameters(op),
        "responses": _responses(op),
    }
    if op.body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(op.body)}}}
    return found


def _parameters(op: Operation) -> list[Json]:
    found: list[Json] = []
    for name in re.findall(r"{(\w+)}", op.path):
        schema: Json = {"type": "string", "pattern": "^[a-z][a-z_]{0,59}$"}
        if name.endswith("_id"):
            schema = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if op.query:
        for name, schema in op.query.model_json_schema()["properties"].items():
            found.append({"name": name, "in": "query", "required": False, "schema": _plain(schema)})
    if op.needs_key:
        found.append(_KEY)
    return found


def _plain(schema: Json) -> Json:
    """The schema of a query argument: it is absent or a word, never null."""
    kept = {key: value for key, value in schema.items() if key not in ("title", "default", "anyOf")}
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            kept |= choice
    if schema.get("default") is not None:
        kept["default"] = schema["default"]
    return kept


def _responses(op: Operation) -> Json:
    content: Json = (
        {"application/json": {"schema": _ref(op.answer)}}
        if not isinstance(op.answer, str)
        else {op.answer: {"schema": _OF_A_FILE.get(op.answer, {"type": "string", "format": "binary"})}}
    )
    done: Json = {"description": "Done", "content": content}
    if op.status == 201:
        done["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Where the case is"}}
    found: Json = {str(op.status): done}
    if op.method != "GET":
        found["204"] = {"description": "Done; the caller may not know of it any more"}
    return found | {str(s): {"$ref": f"#/components/responses/{s}"} for s in op.answers_problems}


def _problem(status: int) -> Json:
    _code, title, usual = TYPES[status]
    return {"description": f"{title}. {usual}", "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas() -> Json:
    models = {m for op in OPERATIONS for m in (op.answer, op.body) if m and not isinstance(m, str)} | {Problem}
    ordered = sorted(models, key=lambda m: m.__name__)
    _names, schema = models_json_schema([(m, "validation") for m in ordered], ref_template=_REF)
    found: Json = schema["$defs"]
    return found
