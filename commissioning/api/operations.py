"""One declaration for each operation: its route, what it takes and answers. Requests are checked by it, and the OpenAPI
document is drawn from it, so the two cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, g
from pydantic import BaseModel
from sqlalchemy.orm import Session

from commissioning.api.cases import read_case
from commissioning.api.reading import read_body, read_key, read_query
from commissioning.api.schemas import CaseOut
from commissioning.casework.errors import Invalid, KeyReused, NotFound, NotNow, Stale
from commissioning.visibility import get_case
from commissioning.web import access, requests

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
ID = "<int(min=1):{}>"
KEY_REUSED = "This Idempotency-Key came with another request before. Send a fresh key with each new request."
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Operation:
    """One operation as it is documented and checked. `problems` are the statuses of its own refusals."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    answer: type[BaseModel] | str
    """A model, or the media type of a file."""
    status: int
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    needs_key: bool
    problems: tuple[int, ...]

    @property
    def answers_problems(self) -> tuple[int, ...]:
        """Every status that is answered with a problem: what goes with its parts, and its own."""
        usual = {401, 500, 503, *self.problems}
        if self.query:
            usual.add(422)
        if self.body:
            usual |= {400, 413, 415, 422}
        if "{" in self.path:
            usual.add(404)
        return tuple(sorted(usual))


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    answer: type[BaseModel] | str,
    *,
    tag: str,
    status: int = 200,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Declare a view as an operation. The view gets `query`, `body` and `key` as far as they are declared.

    In `path`, `{name_id}` is an id and any other `{name}` a word. A POST needs an Idempotency-Key. The view returns a
    model, or the response with the file whose media type `answer` is; its docstring is the description.
    """
    needs_key = method == "POST"

    def declare(view: View) -> View:
        words = (view.__doc__ or "").strip().split("\n\n", 1)
        OPERATIONS.append(
            Operation(
                view.__name__,
                method,
                path,
                tag,
                words[0].rstrip("."),
                " ".join(words[-1].split()),
                answer,
                status,
                query,
                body,
                needs_key,
                problems,
            )
        )

        @wraps(view)
        def checked(**parts: Any) -> Response:
            if query:
                parts["query"] = read_query(query)
            if needs_key:
                parts["key"] = read_key()
            if body:
                parts["body"] = read_body(body)
            try:
                found = view(**parts)
                return found if isinstance(answer, str) else answered(found, status)
            except KeyReused:
                raise Invalid({"": KEY_REUSED}) from None
            except (Stale, NotNow):
                g.current_case = as_it_stands()
                raise

        endpoint = view.__name__
        blueprint.add_url_rule(_rule(path), endpoint, access.bearer(checked), methods=[method])
        return view

    return declare


def about(case_id: int, kind: str | None = None) -> None:
    """Say which case this request is about: 404 if the caller may not know of it, and shown with a 409 as it stands."""
    get_case(requests.reading(), requests.actor(), case_id, requests.today(), kind)
    g.about = case_id


def as_it_stands() -> CaseOut | None:
    """The case that this request is about, read anew; None if there is none that the caller may know of now."""
    if "about" not in g:
        return None
    try:
        return read_case(read_anew(), requests.actor(), g.about, requests.now())
    except NotFound:
        return None


def read_anew() -> Session:
    """The reading session, which sees what has been committed since the request began."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    return session


def made(case_id: int) -> CaseOut | None:
    """A case that was just made, and where it is."""
    g.about, g.location = case_id, f"{PREFIX}/cases/{case_id}"
    return as_it_stands()


def answered(model: BaseModel | None, status: int = 200) -> Response:
    """A model as JSON: dates ISO 8601, text as it is. None: it is done, and the caller may not know of it any more."""
    if model is None:
        return Response(status=204)
    response = Response(model.model_dump_json(), status, mimetype="application/json")
    location = g.pop("location", None)
    if location and status == 201:
        response.headers["Location"] = location
    return response


def _rule(path: str) -> str:
    """The route of a documented path."""
    return re.sub(r"{(\w+)}", lambda m: ID.format(m[1]) if m[1].endswith("_id") else f"<{m[1]}>", path)
