"""`/public`: bodies that meet in public, their meetings, papers, decisions and minutes; as pages, feeds and JSON.

Nobody is asked who they are, and whoever is signed in reads the same bytes. A copy may be kept anywhere, and is asked
for again before it is shown: what is withdrawn is gone at once.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, send_file

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.decisions.voting import Voted, votes_on
from commissioning.labels_decisions import CALL_IN_SETTLED, DECISION_WAYS
from commissioning.packs.queries import file_of, list_public
from commissioning.packs.routes import send_pack
from commissioning.public import queries
from commissioning.public import routes_shapes as shapes
from commissioning.public.agenda import list_items
from commissioning.public.queries import Wanted
from commissioning.web import access, requests

blueprint = Blueprint("public", __name__)
ENDINGS = {"text/plain": "txt", "text/csv": "csv", "image/jpeg": "jpg"}


def _kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """Copies may be kept by anybody, and are asked about each time: the tag is that of the bytes."""

    @wraps(view)
    def answer(**values: Any) -> Response:
        response = make_response(view(**values))
        if response.status_code == 200:
            response.cache_control.public = True
            response.cache_control.max_age = 0
            response.cache_control.must_revalidate = True
            response.direct_passthrough = False  # a file too is tagged by its bytes
            response.add_etag()
            response.make_conditional(request)
        return response

    return answer


@blueprint.errorhandler(NotFound)
def not_found(_error: NotFound) -> Any:
    """What is secret, not published, or not there: the same page."""
    if request.path.endswith(".json"):
        return jsonify(title="Not found", status=404), 404
    return render_template("public/not_found.html"), 404


@blueprint.get("/public")
@access.public
@_kept
def home() -> str:
    """Bodies, the latest meetings, the latest decisions."""
    session = requests.reading()
    meetings, _ = queries.list_meetings(session, per_page=8)
    decisions, _ = queries.list_decisions(session, Wanted(), requests.today(), per_page=5)
    return render_template(
        "public/home.html", bodies=queries.list_bodies(session), meetings=meetings, decisions=decisions, words=labels
    )


@blueprint.get("/public/bodies.json")
@access.public
@_kept
def bodies_json() -> Any:
    """Every body that meets in public."""
    return jsonify(bodies=[shapes.body_shape(b) for b in queries.list_bodies(requests.reading())])


@blueprint.get("/public/bodies/<int:body_id>")
@access.public
@_kept
def body(body_id: int) -> str:
    """One body: its remit, its meetings, its latest decisions."""
    session, page = requests.reading(), requests.page_number()
    found = queries.get_body(session, body_id)
    meetings, total = queries.list_meetings(session, body_id=body_id, page=page)
    decisions, _ = queries.list_decisions(session, Wanted(body_id=body_id), requests.today(), per_page=5)
    return render_template(
        "public/body.html",
        body=found,
        meetings=meetings,
        decisions=decisions,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        words=labels,
    )


@blueprint.get("/public/meetings")
@access.public
@_kept
def meetings() -> str:
    """Every meeting with a published agenda, latest first."""
    session, page = requests.reading(), requests.page_number()
    rows, total = queries.list_meetings(session, page=page)
    pages = requests.pages_of(total, queries.PER_PAGE)
    return render_template("public/meetings.html", meetings=rows, total=total, page=page, pages=pages)


@blueprint.get("/public/meetings.json")
@access.public
@_kept
def meetings_json() -> Any:
    """The same as data, with the agendas."""
    session = requests.reading()
    rows, total = queries.list_meetings(session, page=requests.page_number())
    items = list_items(session, [m.case_id for m in rows])
    return jsonify(total=total, meetings=[shapes.meeting_shape(m, items[m.case_id]) for m in rows])


@blueprint.get("/public/meetings.atom")
@access.public
@_kept
def meetings_atom() -> Response:
    """The latest agendas and what changed in them, as a feed."""
    session = requests.reading()
    rows, _ = queries.list_meetings(session, per_page=queries.IN_A_FEED)
    items = list_items(session, [m.case_id for m in rows])
    acts = queries.list_acts(session, rows)
    entries = [shapes.meeting_entry(m, items[m.case_id], acts.get(m.case_id)) for m in rows]
    return _feed("Meetings", "public.meetings", entries)


@blueprint.get("/public/meetings/<int:meeting_id>")
@access.public
@_kept
def meeting(meeting_id: int) -> str:
    """One meeting: its agenda, its decisions, its minutes once they are public."""
    session = requests.reading()
    found = queries.get_meeting(session, meeting_id)
    minutes, is_withdrawn = queries.find_minutes(session, found)
    decisions, _ = queries.list_decisions(session, Wanted(meeting_id=meeting_id), requests.today(), per_page=200)
    return render_template(
        "public/meeting.html",
        meeting=found,
        items=list_items(session, [meeting_id])[meeting_id],
        decisions=decisions[::-1],
        has_minutes=bool(minutes) or is_withdrawn,
        packs=list_public(session, found, requests.today()),
        words=labels,
    )


@blueprint.get("/public/meetings/<int:meeting_id>/pack.pdf")
@access.public
@_kept
def pack(meeting_id: int) -> Any:
    """The public edition of the agenda pack, or of one supplement, as it was built last."""
    session, part = requests.reading(), request.args.get("part", "")
    found = queries.get_meeting(session, meeting_id)
    offer = next((o for o in list_public(session, found, requests.today()) if o.wanted.part == part), None)
    if offer is None or offer.given is None:
        raise NotFound
    return send_pack(found, offer, file_of(session, offer.given))


@blueprint.get("/public/meetings/<int:meeting_id>.json")
@access.public
@_kept
def meeting_json(meeting_id: int) -> Any:
    """The same as data."""
    session = requests.reading()
    found = queries.get_meeting(session, meeting_id)
    minutes, is_withdrawn = queries.find_minutes(session, found)
    shape = shapes.meeting_shape(found, list_items(session, [meeting_id])[meeting_id])
    packs = [shapes.pack_shape(o) for o in list_public(session, found, requests.today())]
    return jsonify(shape | {"minutes": minutes or None, "minutes_withdrawn": is_withdrawn, "packs": packs})


@blueprint.get("/public/meetings/<int:meeting_id>/minutes")
@access.public
@_kept
def minutes(meeting_id: int) -> str:
    """Minutes, once they are approved."""
    session = requests.reading()
    found = queries.get_meeting(session, meeting_id)
    text, is_withdrawn = queries.find_minutes(session, found)
    if not text and not is_withdrawn:
        raise NotFound
    return render_template("public/minutes.html", meeting=found, text=text, is_withdrawn=is_withdrawn)


@blueprint.get("/public/reports/<int:item_id>")
@access.public
@_kept
def report(item_id: int) -> str:
    """A paper as it was published for one meeting."""
    paper = queries.get_paper(requests.reading(), item_id)
    return render_template("public/report.html", paper=paper, words=labels)


@blueprint.get("/public/reports/<int:item_id>.json")
@access.public
@_kept
def report_json(item_id: int) -> Any:
    """The same as data."""
    return jsonify(shapes.paper_shape(queries.get_paper(requests.reading(), item_id)))


@blueprint.get("/public/reports/<int:item_id>/appendices/<letter>")
@access.public
@_kept
def appendix(item_id: int, letter: str) -> Any:
    """The file of an open appendix, to be kept; named by its letter, because its own name may say more."""
    file, row = queries.get_appendix(requests.reading(), item_id, letter)
    if file is None:
        return render_template("public/withdrawn.html", item_id=item_id)
    kind = file.media_type.split(";")[0]
    ending = ENDINGS.get(kind) or {"wordprocessingml": "docx", "spreadsheetml": "xlsx", "presentationml": "pptx"}.get(
        kind.split(".")[-2] if kind.endswith(("document", "sheet", "presentation")) else "", kind.rpartition("/")[2]
    )
    name = f"appendix-{row['letter'].lower()}.{ending}"
    return send_file(io.BytesIO(file.content), mimetype=kind, as_attachment=True, download_name=name, etag=False)


def _wanted() -> tuple[Wanted, dict[str, str]]:
    """What the register is narrowed to, and what was wrong with it."""
    given, errors, days = request.args, {}, {}
    for name, label in (("from", "From"), ("to", "To")):
        text = given.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            days[name] = None
            errors[name] = f"{label} must be a day such as 2026-11-03"
    if not errors and days["from"] and days["to"] and days["to"] < days["from"]:
        errors["to"] = "To must be the same day as From, or later"
    outcome = given.get("outcome", "")
    words = given.get("q", "").replace("\x00", "")[:200]
    body_id = requests.whole_number(given.get("body"))
    known = outcome if outcome in labels.OUTCOMES else ""
    return Wanted(body_id, known, days["from"], days["to"], words), errors


@blueprint.get("/public/decisions")
@access.public
@_kept
def decisions() -> Any:
    """The register of decisions, newest first, with words to look for and filters."""
    session, page = requests.reading(), requests.page_number()
    wanted, errors = _wanted()
    rows, total = queries.list_decisions(session, wanted, requests.today(), page=page)
    shown = render_template(
        "public/decisions.html",
        decisions=rows,
        bodies=queries.list_bodies(session),
        wanted=wanted,
        given=request.args,
        problems=errors,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        words=labels,
    )
    return shown, 422 if errors else 200


@blueprint.get("/decisions.json", endpoint="decisions_data")
@blueprint.get("/public/decisions.json")
@access.public
@_kept
def decisions_json() -> Any:
    """The register as data, filtered as on the page."""
    wanted, errors = _wanted()
    if errors:
        return jsonify(title="Unprocessable", status=422, errors=errors), 422
    rows, total = queries.list_decisions(
        requests.reading(), wanted, requests.today(), page=requests.page_number(), per_page=queries.MOST_IN_JSON
    )
    voted = votes_on(requests.reading(), [d.decision for d in rows if not d.is_withdrawn])
    shown = [shapes.decision_shape(d, voted.get(d.decision.case_id, Voted())) for d in rows]
    return jsonify(total=total, decisions=shown)


@blueprint.get("/public/decisions.atom")
@access.public
@_kept
def decisions_atom() -> Any:
    """The newest decisions as a feed, filtered as on the page."""
    wanted, _ = _wanted()
    rows, _ = queries.list_decisions(requests.reading(), wanted, requests.today(), per_page=queries.IN_A_FEED)
    return _feed("Decisions", "public.decisions", [shapes.decision_entry(d) for d in rows])


@blueprint.get("/public/decisions/<int:decision_id>")
@access.public
@_kept
def decision(decision_id: int) -> str:
    """One decision record (P-14)."""
    session = requests.reading()
    found = queries.get_decision(session, decision_id, requests.today())
    voted = votes_on(session, [] if found.is_withdrawn else [found.decision]).get(decision_id)
    return render_template(
        "public/decision.html", found=found, d=found.decision, voted=voted, words=labels, ways=DECISION_WAYS,
        settled=CALL_IN_SETTLED, related=queries.list_related(session, found.decision, requests.today()),
    )  # fmt: skip


def _feed(title: str, endpoint: str, entries: list[dict[str, Any]]) -> Response:
    text = render_template(
        "public/feed.xml",
        title=title,
        self_url=shapes.link(request.endpoint or ""),
        page_url=shapes.link(endpoint),
        entries=entries,
        updated=max((e["updated"] for e in entries), default=None),
    )
    return Response(text, mimetype="application/atom+xml")
