"""A paper laid out to be read, and two of them side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from commissioning.audit import canonical
from commissioning.models.reports import ReportEdition, ReportSignOff
from commissioning.reports.covers import read_parts, what_changed
from commissioning.reports.edition import RECOMMENDATIONS, edition, open_edition
from commissioning.reports.numbering import paragraphs
from commissioning.reports.queries import ReportView

Change = tuple[str, str, str]


def layout(paper: dict[str, Any]) -> dict[str, Any]:
    """What the page of a paper draws: numbered sections with paragraphs, implications with the signers' comments, and
    the recommendations before or after them, as the body's template says."""
    keys = [s["key"] for s in paper["sections"]]
    place = keys.index(RECOMMENDATIONS) if RECOMMENDATIONS in keys else len(keys)
    signed = [s for s in paper["sign_offs"] if s["outcome"]]
    said: set[int] = set()
    sections = []
    for section in (s for s in paper["sections"] if s["key"] != RECOMMENDATIONS):
        own = [s for s in signed if s["speciality"] == section["speciality"] and section["kind"] == "implication"]
        said |= {id(s) for s in own}
        sections.append(
            {
                **section,
                "paragraphs": paragraphs(section["number"], section["text"]),
                "signed": own,
            }
        )
    others = [s for s in signed if id(s) not in said]
    lead = next((s["text"] for s in paper["sections"] if s["key"] == RECOMMENDATIONS), "")
    return {"asks_lead": lead, "paper": paper, "sections": sections, "asks_at": place, "other_signed": others}


def changes_between(
    session: Session,
    view: ReportView,
    editions: Sequence[ReportEdition],
    signed: Sequence[ReportSignOff],
    before: str,
    after: str,
) -> list[Change] | None:
    """(what, before, after) for everything that differs; None where the two are not chosen or cannot be had."""
    if before.startswith("signed-"):
        row = next((s for s in signed if f"signed-{s.id}" == before), None)
        return what_changed(view.parts, row) if row is not None and view.has_part else None
    old, new = _paper(session, view, editions, before), _paper(session, view, editions, after)
    if old is None or new is None:
        return None
    first, second = _flat(old), _flat(new)
    return [
        (what, first.get(what, ""), second.get(what, ""))
        for what in dict.fromkeys([*first, *second])
        if first.get(what, "") != second.get(what, "")
    ]


def _paper(session: Session, view: ReportView, editions: Sequence[ReportEdition], which: str) -> dict[str, Any] | None:
    if which == "now":
        return paper_now(session, view)
    row = next((e for e in editions if str(e.number) == which), None)
    return paper_of(row, view) if row is not None else None


def paper_now(session: Session, view: ReportView) -> dict[str, Any]:
    """The paper as it stands, as this reader may read it."""
    # From the whole of it: a comment on a secret implication is left out together with the implication.
    return _open(json.loads(canonical(edition(session, read_parts(session, view.case.id), view.case))), view)


def paper_of(row: ReportEdition, view: ReportView) -> dict[str, Any]:
    """A frozen edition, as this reader may read it."""
    return _open(json.loads(row.content), view)


def _open(paper: dict[str, Any], view: ReportView) -> dict[str, Any]:
    return paper if view.may_read_secret else open_edition(paper)


def _flat(paper: dict[str, Any]) -> dict[str, str]:
    """A paper as texts by heading."""
    flat = {"Title": paper["title"]}
    flat["Header"] = "\n".join(
        f"{name.removeprefix('is_').replace('_', ' ').capitalize()}: {value}"
        for name, value in paper["header"].items()
        if value not in (None, "", False)
    )
    flat |= {s["heading"]: s["text"] for s in paper["sections"]}
    for r in paper["recommendations"]:
        options = [o[0] for o in r["options"]]
        flat[f"Recommendation {r['number']}"] = "\n".join(
            x for x in (r["text"], r["reasons"], r["risks"], *options) if x
        )
    for a in paper["appendices"]:
        flat[f"Appendix {a['letter']}"] = f"{a['title']}\n{a['file_name'] or 'No file'}"
    for s in paper["sign_offs"]:
        flat[f"Comment of {s['post']}"] = "\n".join(x for x in (s["comment"], s["conditions"]) if x)
    return flat
