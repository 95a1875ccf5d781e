"""`/audit`: the trail, its verification and its checkpoints, for auditors."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from commissioning import labels
from commissioning.audit_verify import snapshot, verify
from commissioning.auditing import as_at as days
from commissioning.auditing import queries
from commissioning.settings_table import SETTINGS
from commissioning.web import access
from commissioning.web.database import db
from commissioning.web.requests import page_number, reading, today

blueprint = Blueprint("audit", __name__)
VERIFIED_HERE = 100_000
"""Events up to which a page verifies while one waits; beyond it, the nightly result and the command."""


def _day(name: str, errors: list[dict[str, str]], label: str) -> date | None:
    typed = request.args.get(name, "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        errors.append({"text": f"{label} must be a date, for example 2026-03-27", "target": f"filter-{name}"})
        return None


@blueprint.get("/audit")
@access.allowed("audit.read")
def events() -> tuple[str, int]:
    """Search the trail."""
    errors: list[dict[str, str]] = []
    search = queries.Search(
        about=request.args.get("about", "")[:200],
        person=request.args.get("person", "")[:200],
        name=request.args.get("event", "")[:60],
        from_on=_day("from", errors, "First day"),
        to_on=_day("to", errors, "Last day"),
    )
    found = queries.Page() if errors else queries.list_events(reading(), search, page_number())
    return render_template(
        "audit/events.html",
        found=found,
        search=search,
        typed=request.args,
        errors=errors,
        verified=queries.find_last_verification(reading()),
        from_elsewhere=queries.count_from_elsewhere(reading()),
        label=labels.event,
    ), 422 if errors else 200


@blueprint.get("/audit/events/<int:event_id>")
@access.allowed("audit.read")
def event(event_id: int) -> str:
    """One event: what is chained, and its words unless they are secret or erased."""
    return render_template("audit/event.html", line=queries.get_event(reading(), event_id), label=labels.event)


@blueprint.get("/audit/as-at")
@access.allowed("audit.read")
def as_at() -> tuple[str, int]:
    """The roles and rules of one day, of today where none is given."""
    errors: list[dict[str, str]] = []
    on = _day("on", errors, "The day") or today()
    if on > today():
        errors.append({"text": "The day must be today or earlier", "target": "filter-on"})
    found = None if errors else days.as_at(reading(), on)
    settings = [
        {"group": spec.group, "label": spec.label, "value": dict(spec.choices).get(value, value) or "Not set"}
        for name, spec in SETTINGS.items()
        for value in ([found.settings[name]] if found else [])
    ]
    return render_template(
        "audit/as_at.html",
        on=on,
        typed=request.args.get("on", ""),
        found=found,
        settings=settings,
        roles=labels.ROLES,
        errors=errors,
    ), 422 if errors else 200


@blueprint.get("/audit/checkpoints")
@access.allowed("audit.read")
def checkpoints() -> str:
    """The checkpoints with their roots, to be compared with those kept elsewhere."""
    rows, has_more = queries.list_checkpoints(reading(), page_number())
    return render_template("audit/checkpoints.html", checkpoints=rows, page=page_number(), has_more=has_more)


@blueprint.route("/audit/verification", methods=["GET", "POST"])
@access.allowed("audit.read")
def verification() -> str:
    """What the nightly verification said; a POST verifies now, if the trail is short enough to wait for."""
    count = queries.count_events(reading())
    result = None
    if request.method == "POST" and count <= VERIFIED_HERE:
        with snapshot(db.engine) as session:
            result = verify(session)
    return render_template(
        "audit/verification.html",
        count=count,
        may_wait=count <= VERIFIED_HERE,
        result=result,
        last=queries.find_last_verification(reading()),
    )
