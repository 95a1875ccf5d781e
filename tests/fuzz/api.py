"""Requests made from the OpenAPI document, right ones and wrong ones, thrown at the API as somebody.

Here: throwing, and what counts as a fault: an answer 5xx, or one that the document does not promise. Not here: which
refusals are right; that is `tests/integration/api`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Container, Iterator
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commissioning.casework.registry import house

DOCUMENT = "/api/v1/openapi.json"
_ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Known = dict[str, list[int]]
"""Ids that are there, by the name of the argument that takes them, so that requests reach further than 404."""


def throw(
    app: Flask,
    token: str,
    known: Known,
    examples: int,
    start: int = 0,
    only: Container[str] = (),
    share: slice = slice(None),
) -> Iterator[str]:
    """Throw `examples` right and as many wrong requests at each operation; what was wrong with the answers.

    `only` names operations ("GET /me") that alone are asked, `share` says which of the document's list.
    """
    logging.getLogger("hypothesis").setLevel(logging.ERROR)
    app.config["SHOW_FAULT_PAGE"] = True
    me = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    if me.status_code != 200:
        yield f"{token} is not let in, so nothing was tried: {me.status_code}"
    document = schemathesis.openapi.from_wsgi(DOCUMENT, app=app)
    for result in [*document.get_all_operations()][share]:
        operation = result.ok()
        for mode in GenerationMode if not only or operation.label in only else ():
            yield from _at(operation, mode, token, known, examples, start)


def _at(operation: Any, mode: GenerationMode, token: str, known: Known, examples: int, start: int) -> Iterator[str]:
    faults: list[str] = []
    is_right = mode is GenerationMode.POSITIVE
    checks = [*_ALWAYS, *([] if is_right else [negative_data_rejection])]
    numbers = itertools.count()

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), draw=st.data())
    def send(case: Any, draw: st.DataObject) -> None:
        if is_right:
            _use_known(case, known, draw)
            if "Idempotency-Key" in (case.headers or {}):
                case.headers["Idempotency-Key"] = f"fuzz-{start}-{operation.label}-{next(numbers)}".replace(" ", "")
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        try:
            case.validate_response(response, checks=checks)
        except (FailureGroup, Failure) as failure:
            faults.append(f"{operation.label} ({mode.value}) as {token}: {failure}\n{case.as_curl_command()}")

    try:
        send()
    except schemathesis.errors.SchemathesisError as error:
        if is_right:
            faults.append(f"{operation.label}: {error}")
    yield from faults


def _use_known(case: Any, known: Known, draw: st.DataObject) -> None:
    """Put ids that are there in place of made-up ones, most of the time; and in bodies too."""
    for holder in (case.path_parameters, *_objects(case.body)):
        for name, there in (holder or {}).items():
            if known.get(name) and draw.draw(st.integers(0, 3)):
                chosen = draw.draw(st.sampled_from(known[name]))
                holder[name] = [chosen] if isinstance(there, list) else chosen
    if isinstance(case.body, dict) and "version" in case.body and draw.draw(st.booleans()):
        case.body["version"] = draw.draw(st.integers(1, 4))
    if case.path_parameters and "step" in case.path_parameters:
        case.path_parameters["step"] = draw.draw(st.sampled_from(all_steps()))


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    """A body that is an object, and the objects in it."""
    if isinstance(body, dict):
        yield body
    for inner in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _objects(inner)


def all_steps() -> list[str]:
    """Steps of every kind, and one of none."""
    return [*sorted({name for workflow in house.workflows.values() for name in workflow.steps}), "fly"]
