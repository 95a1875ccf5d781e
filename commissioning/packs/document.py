"""The document of a pack, in plain words: what the typesetting process turns into pages.

Here: from frozen papers and levels to headings, numbered paragraphs, facts, sheets of appendices. What is withheld is
left out here, before any word leaves the database's side. Not here: how it looks (`pack.typ`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.audit import canonical
from commissioning.boards.queries import list_members
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.people import Post, StoredFile
from commissioning.models.reports import ReportEdition
from commissioning.packs.agenda import HEADING, NAMED, OPEN, WITHDRAWN, Item, Wanted
from commissioning.packs.setting import NotSet
from commissioning.reports.comparing import layout
from commissioning.reports.covers import read_parts
from commissioning.reports.edition import edition, open_edition
from workflows.london import in_london
from workflows.working_days import in_words

PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
NO_FILE = {True: "has no file", False: "have no file"}
"""What is said of one appendix or several that are missing: a pack can then be built without them."""
EDITIONS = {"public": "Public edition", "private": "Private edition: not for publication"}


def refuse_missing(sheets: Sequence[dict[str, Any]]) -> None:
    """Raise NotSet for appendices without a file that can be put in."""
    one = len(sheets) == 1
    it = "it" if one else "them"
    names = "; ".join(s["name"] for s in sheets)
    raise NotSet(
        f"{names} {NO_FILE[one]}. Attach {it}, or build the pack without {it}: a page then says so.",
        [s["spot"] for s in sheets],
    )


@dataclass
class Gathered:
    """A document, and the files that go beside it by the name under which they do."""

    document: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    """Hash of the stored file by its name in the folder."""
    missing: list[dict[str, Any]] = field(default_factory=list)
    """Sheets of appendices without a file."""
    added: list[str] = field(default_factory=list)


def cover_of(session: Session, meeting: Meeting) -> list[list[str]]:
    """Body, day, place, who: rows of the cover. Three queries."""
    body = session.get_one(Body, meeting.body_id)
    officers = select(Post).where(Post.id.in_([body.clerk_post_id, body.chair_post_id]))
    posts = {p.id: p.name for p in session.scalars(officers)}
    members = [
        f"{m.person.name}{f' ({m.organisation})' if m.organisation else ''}{'' if m.is_voting else ', not voting'}"
        for m in list_members(session, body.case_id, meeting.meeting_on)
    ]
    rows = [
        ["Day", f"{meeting.meeting_on:%A} {in_words(meeting.meeting_on)}"],
        ["Time", f"{meeting.starts_at:%H:%M}"],
        ["Place", meeting.place or "to be said"],
        ["Chair", posts.get(body.chair_post_id, "")],
        ["Members", "; ".join(dict.fromkeys(members))],
        ["Clerk", posts.get(body.clerk_post_id, "")],
    ]
    return [r for r in rows if r[1]]


def begin(session: Session, meeting: Meeting, wanted: Wanted, colour: str, now: datetime) -> Gathered:
    """The document without its items."""
    body = session.get_one(Body, meeting.body_id)
    name = EDITIONS[wanted.edition] + (" (draft: the agenda is not published yet)" if wanted.is_draft else "")
    what = f"Supplement to the agenda, item {wanted.part}" if wanted.part else "Agenda and papers"
    return Gathered(
        {
            "title": f"{body.name}, {in_words(meeting.meeting_on)}: {what.lower()}",
            "body": body.name,
            "what": f"{what}. {name}",
            "edition": name,
            "colour": colour,
            "at": int(now.timestamp()),
            "cover": cover_of(session, meeting),
            "notes": ["Pages are numbered by item: 3-2 is page 2 of item 3. A supplement moves none of them."],
            "agenda": [],
            "items": [],
        }
    )


def add_line(session: Session, item: Item, gathered: Gathered, link: str) -> None:
    """Put one line of the agenda into the document, and its paper. `link` is where appendices that are no pages are."""
    place = -1 if item.stage == HEADING else len(gathered.document["items"])
    words = item.reason if item.stage == HEADING else ""
    gathered.document["agenda"].append({"number": item.label, "title": item.title, "words": words, "item": place})
    if item.stage != HEADING:
        _add_item(session, item, gathered, link)


def _add_item(session: Session, item: Item, gathered: Gathered, link: str) -> None:
    heading = f"{item.label}. {item.title}"
    shown: dict[str, Any] = {"label": item.label, "heading": heading, "facts": [], "lines": [], "sheets": []}
    gathered.document["items"].append(shown)
    if item.stage == "to_follow":
        shown |= {"kind": "line", "lines": [f"This paper is to follow. {item.reason}".strip()]}
        if item.expected_on:
            shown["lines"].append(f"It is expected on {in_words(item.expected_on)}, as a supplement.")
        return
    if item.stage == WITHDRAWN:
        shown |= {"kind": "line", "lines": ["This paper was withdrawn from publication."]}
        return
    paper = paper_of(session, item) if item.level != NAMED else None
    if paper is None:
        shown |= {"kind": "line", "lines": ["This item is not for publication.", *item.exempt]}
        return
    laid = layout(paper)
    shown |= {
        "kind": "paper",
        "facts": _header(paper),
        "withheld": _withheld(item),
        "sections": [_section(s) for s in laid["sections"]],
        "asks_at": min(laid["asks_at"], len(laid["sections"])),
        "asks_heading": "Recommendations",
        "asks_lead": laid["asks_lead"],
        "asks": [_ask(r) for r in paper["recommendations"]],
        "signed": [_signed(s) for s in laid["other_signed"]],
        "heard": [_heard(x) for x in said_in_public(session, paper)],
        "background": paper["header"]["background_papers"] or "None",
        "listed": [],
    }
    _add_appendices(session, item, paper, shown, gathered, link)


def paper_of(session: Session, item: Item) -> dict[str, Any] | None:
    """The paper's frozen text as far as this level goes; None where there is none that may be shown."""
    row = session.scalars(
        select(ReportEdition.content)
        .where(ReportEdition.report_id == item.report_id, ReportEdition.sha256 == item.edition)
        .order_by(ReportEdition.number.desc())
    ).first()
    if row is None:
        case = session.get_one(Case, item.report_id)
        if case.exposure == "draft":
            return None
        row = canonical(edition(session, read_parts(session, case.id), case))
    if not row:  # its words were erased
        return None
    paper: dict[str, Any] = json.loads(row)
    if item.level == OPEN:
        now = set(item.secret)
        for part in paper["sections"]:
            part["secrecy"] = "exempt" if f"section:{part['key']}" in now else part["secrecy"]
        for part in paper["recommendations"]:
            part["secrecy"] = "exempt" if f"recommendation:{part['number']}" in now else part["secrecy"]
        for part in paper["appendices"]:
            part["secrecy"] = "exempt" if f"appendix:{part['letter']}" in now else part["secrecy"]
        paper = open_edition(paper)
    return paper


def _withheld(item: Item) -> list[str]:
    if item.level != OPEN:
        return []
    return ["Part of this paper is not for publication and is left out of this edition.", *item.exempt]


def _header(paper: dict[str, Any]) -> list[list[str]]:
    h = paper["header"]
    people: dict[str, list[str]] = {}
    for role, name in paper["people"]:
        people.setdefault(role, []).append(name)
    contact = ", ".join(x for x in (h["contact_name"], h["contact_phone"], h["contact_email"]) if x)
    rows = [
        ["Reference", paper["reference"]],
        ["Report of", h["report_of"]],
        ["Sponsor", ", ".join(people.get("sponsor", []))],
        ["Presented by", h["presenting_officer"]],
        ["Author", ", ".join(people.get("author", []))],
        ["Contact", contact],
        ["Ward", h["ward"]],
        ["Purpose", h["purpose"]],
        ["Key decision", (f"Yes: {h['key_reason']}".rstrip(": ")) if h["is_key_decision"] else "No"],
    ]
    return [r for r in rows if r[1]]


def _section(section: dict[str, Any]) -> dict[str, Any]:
    mark = "" if section["secrecy"] == "open" else f" ({section['secrecy']})"
    return {
        "heading": f"{section['number']}. {section['heading']}{mark}",
        "paragraphs": [{"number": p.number, "text": p.text} for p in section["paragraphs"]],
        "signed": [_signed(s) for s in section["signed"]],
    }


def _signed(signed: dict[str, Any]) -> dict[str, str]:
    """BR-41: the signer's own words with name, post and date."""
    who = signed["signed_by"] + (f" for {signed['signed_for']}" if signed["signed_for"] else "")
    by = f"{who}, {signed['post']}, {_day(signed['signed_at'])}"
    if signed["recorded_by"]:
        by += f". Recorded by {signed['recorded_by']} from {signed['signed_by']}"
    return {
        "outcome": labels.SIGN_OFF_OUTCOMES[signed["outcome"]],
        "comment": signed["comment"],
        "conditions": signed["conditions"],
        "by": by,
    }


def said_in_public(session: Session, paper: dict[str, Any]) -> list[dict[str, Any]]:
    """What bodies on its way said that meet in public: a pack is read by everybody where it is the same for all. The
    rest is on the screen of those who may read it."""
    said = [x for x in paper["heard"] if x["secrecy"] == "open" and not x["is_outside"]]
    known = set(session.scalars(select(Body.name).where(Body.meets_in_public))) if said else set()
    return [x for x in said if x["body"] in known]


def _heard(x: dict[str, Any]) -> dict[str, str]:
    """BR-42: what another body made of it, which goes with the paper to the next one."""
    words = [x[name] for name in ("text", "comments", "reasons") if x[name]]
    said = f"{labels.OUTCOMES[x['outcome']]}, on recommendation {x['number']}"
    return {"outcome": said, "comment": "\n".join(words), "conditions": "", "by": f"{x['body']}, {_day(x['on'])}"}


def _day(text: str) -> str:
    on = in_london(datetime.fromisoformat(text)).date() if len(text) > 10 else date.fromisoformat(text)
    return in_words(on)


def _ask(r: dict[str, Any]) -> dict[str, Any]:
    mark = "" if r["secrecy"] == "open" else f" ({r['secrecy']})"
    facts = []
    if r["amount_pence"] is not None:
        facts.append(["Sum", in_pounds(r["amount_pence"])])
    if r["deadline_on"]:
        facts.append(["Deadline", _day(r["deadline_on"])])
    if r["options"] and (r["least"] or r["most"]):
        facts.append(["Choose", labels.how_many(r["least"], r["most"], len(r["options"]))])
    return {
        "heading": f"{r['number']}. {labels.ASKS[r['ask']]}{mark}",
        "text": r["text"],
        "options": [text + (" (suggested)" if suggested else "") for text, suggested in r["options"]],
        "facts": facts,
        "parts": [[name, r[key]] for name, key in (("Reasons", "reasons"), ("Risks", "risks")) if r[key]],
    }


def in_pounds(pence: int) -> str:
    """A sum as it is printed."""
    whole, rest = divmod(abs(pence), 100)
    return ("\u2212" if pence < 0 else "") + f"£{whole:,}" + (f".{rest:02d}" if rest else "")


def _add_appendices(
    session: Session, item: Item, paper: dict[str, Any], shown: dict[str, Any], gathered: Gathered, link: str
) -> None:
    wanted = [a["file_sha256"] for a in paper["appendices"] if a["file_sha256"]]
    stored = {
        row.sha256: row
        for row in session.execute(
            select(StoredFile.sha256, StoredFile.media_type, StoredFile.size).where(StoredFile.sha256.in_(wanted))
        )
    }
    for n, a in enumerate(paper["appendices"]):
        spot = f"Item {item.label}, Appendix {a['letter']}"
        name = f"{spot} “{a['title']}”"
        file = stored.get(a["file_sha256"])
        words = a["title"] + (". For illustrative purposes" if a["is_illustrative"] else "")
        heading = f"Appendix {a['letter']}: {a['title']}"
        sheet: dict[str, Any] = {"heading": heading, "lines": [], "picture": "", "alt": "", "pages": 0}
        sheet |= {"file": "", "name": name, "spot": spot}
        if a["is_illustrative"]:
            sheet["lines"].append("For illustrative purposes.")
        if file is None:
            gathered.missing.append(sheet)
            sheet["lines"].append("This appendix was not there when the pack was built. Ask the clerk for it.")
        elif file.media_type == "application/pdf":
            sheet["file"] = f"{item.id}-{n}.pdf"
            gathered.files[sheet["file"]] = file.sha256
            gathered.added.append(name)
        elif file.media_type in PICTURES:
            place = f"{item.id}-{n}.{PICTURES[file.media_type]}"
            sheet |= {"picture": f"/{place}", "alt": f"Picture attached as Appendix {a['letter']}: {a['title']}"}
            gathered.files[f"pictures/{place}"] = file.sha256
        else:
            ending = a["file_name"].rpartition(".")[2].upper() or "a file"
            words += f". Not printed here ({ending}, {-(-file.size // 1024)} KB): read it at {link}, or ask the clerk"
            shown["listed"].append([f"Appendix {a['letter']}", words + "."])
            continue
        shown["listed"].append([f"Appendix {a['letter']}", words])
        shown["sheets"].append(sheet)


def close(gathered: Gathered) -> None:
    """Say on the cover which appendices are not as accessible as the pack itself."""
    if gathered.added:
        gathered.document["notes"].append(
            "These appendices are pages as they were attached, and may not be accessible to everybody: "
            + "; ".join(gathered.added)
            + ". Ask the clerk for them in another form."
        )
    if gathered.missing:
        gathered.document["notes"].append(
            "Not in this pack, because no file was there: " + "; ".join(s["name"] for s in gathered.missing) + "."
        )
