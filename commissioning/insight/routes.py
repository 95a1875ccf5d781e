"""`/insight`: how long things take, where they wait, what is late and who holds it."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.insight import queries
from commissioning.insight.queries import InState, spread_of
from commissioning.web import access, requests
from commissioning.web.saving import csv_file

blueprint = Blueprint("insight", __name__)
UNTIMED: Final = {"body", "unit", "plan", "budget_year", "agenda_item"}
"""Kinds that stand for years and go nowhere, or that follow another step by step."""


def _kinds() -> list[str]:
    return sorted(house.kinds.keys() & labels.KINDS.keys() - UNTIMED, key=lambda kind: labels.KINDS[kind])


def _kind(seen: list[str]) -> str:
    """The kind that is asked for; else cycles, or what the reader sees first where that is none."""
    kind = request.args.get("kind") or next((k for k in ("cycle", *seen) if k in seen), "cycle")
    if kind not in _kinds():
        raise NotFound
    return kind


@blueprint.get("/insight")
@access.signed_in
def insight() -> str:
    """Kinds of work, the states of one of them, and who holds what is late."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    kinds = queries.list_kinds(session, actor, today, _kinds())
    kind = _kind([line.kind for line in kinds])
    return render_template(
        "insight/insight.html",
        kind=kind,
        kinds=kinds,
        states=queries.list_stays(session, actor, kind, today).values(),
        late=queries.list_late(session, actor, today),
        spread_of=spread_of,
        words=labels.KINDS,
        most=queries.MOST_CASES,
    )


@blueprint.get("/insight.csv")
@access.signed_in
def insight_csv() -> Any:
    """The states of one kind of work as a file."""
    kind = _kind([])
    states = queries.list_stays(requests.reading(), requests.actor(), kind, requests.today()).values()
    header = ("State", "Times left", "Half within", "Nine in ten within", "In it now", "Longest of these")
    return csv_file(f"insight-{kind}", header, map(_line, states))


def _line(found: InState) -> tuple[Any, ...]:
    left = spread_of([stay.days for stay in found.ended])
    return (found.state.label, left.count, left.middle, left.most, len(found.running), max(found.running, default=""))
