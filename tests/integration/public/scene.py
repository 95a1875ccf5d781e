"""A council whose cabinet publishes an open, an exempt, a restricted and a late paper, with canary words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text, update

from commissioning.clock import fresh_id
from commissioning.models.bodies import AgendaItem
from commissioning.models.cases import Case
from commissioning.models.people import StoredFile
from commissioning.models.reports import Appendix, Section
from commissioning.models.sittings import AgendaHeading
from tests.integration.meetings.scenes import hold, outcome, publish
from tests.support.council import Council

OPEN_SHA, SECRET_SHA = "a" * 64, "b" * 64


def _add(council: Council, *rows: Any) -> None:
    council.write(lambda s: s.add_all(rows))


def _class(council: Council, report: int, **facts: Any) -> None:
    council.write(lambda s: s.execute(update(Case).where(Case.id == report).values(**facts)))


def _section(report: int, key: str, words: str, position: int, **more: Any) -> Section:
    values = {"kind": "section", "heading": f"Heading {words}", "text": f"Text {words}", **more}
    return Section(id=fresh_id(), report_id=report, key=key, position=position, **values)


def _appendix(report: int, letter: str, title: str, sha256: str, **more: Any) -> Appendix:
    facts = {"file_name": f"CANARY-file-{letter}.txt", "file_sha256": sha256, "position": ord(letter)}
    return Appendix(id=fresh_id(), report_id=report, letter=letter, title=title, **facts, **more)


def _file(sha256: str, words: str, council: Council) -> StoredFile:
    content = words.encode()
    return StoredFile(
        sha256=sha256, size=len(content), media_type="text/plain; charset=utf-8", content=content, text=words,
        added_at=council.now,
    )  # fmt: skip


def make_scene(council: Council) -> dict[str, int]:
    """One public meeting with an open, an exempt, a restricted and a late paper; one of a body behind closed doors."""
    cabinet = council.body()
    team = council.body("CANARY team", "officer")
    council.write(
        lambda s: s.execute(text("UPDATE bodies SET quorum_minimum = 1, quorum_divisor = 4, notice_days = 0"))
    )
    meeting, behind = council.meeting(cabinet), council.meeting(team)
    secret = {"secrecy": "exempt", "text": "CANARY ask", "reasons": "CANARY reasons"}
    asks: list[dict[str, Any]] = [{"text": "That the breaks go on"}, secret, {"text": "That carers be told"}]
    facts = {"exempt_paragraph": 3, "public_interest": "Bids are still open."}
    paper = council.report(meeting, asks, title="Short breaks for carers", signed=False, **facts)
    exempt = council.report(meeting, [{"text": "CANARY whole"}], title="CANARY exempt title", **facts)
    restricted = council.report(meeting, [{"text": "CANARY staff"}], title="CANARY restricted title")
    late = council.report(meeting, [{"text": "CANARY late"}], title="CANARY late title", signed=False)
    inside = council.report(behind, [{"text": "CANARY inside"}], title="CANARY inside title")
    council.report(meeting, [{"text": "CANARY draft"}], title="CANARY draft title", state="drafting")
    _add(council, _file(OPEN_SHA, "Open words of the plan", council), _file(SECRET_SHA, "CANARY file words", council))
    _add(
        council,
        _section(paper, "background", "of the matter", 1),
        _section(paper, "bids", "CANARY section", 2, secrecy="exempt"),
        _section(paper, "legal", "CANARY legal", 3, secrecy="confidential", kind="implication", speciality="legal"),
        _section(paper, "end", "after it", 4),
        _appendix(paper, "A", "The plan", OPEN_SHA),
        _appendix(paper, "B", "CANARY appendix", SECRET_SHA, secrecy="exempt"),
    )
    council.write(lambda s: (council.explain(s, paper), council.sign(s, paper)))
    council.write(lambda s: s.execute(text("UPDATE report_sign_offs SET comment = 'CANARY comment'")))
    private = {"title": "A private matter", "text": "CANARY heading", "presenter": "CANARY presenter"}
    _add(
        council,
        AgendaHeading(id=fresh_id(), meeting_id=meeting, position=99, kind="other", secrecy="exempt", **private),
    )
    _class(council, exempt, secrecy="exempt", safe_title="A contract")
    _class(council, restricted, restricted=True, safe_title="A staffing matter")
    for one in (paper, exempt, restricted, late, inside):
        council.step("clerk", one, "put_on_agenda")
    found = {"meeting": meeting, "paper": paper, "exempt": exempt, "restricted": restricted, "behind": behind}
    rows = select(AgendaItem.report_id, AgendaItem.case_id)
    items = dict(council.read(lambda s: [tuple(r) for r in s.execute(rows)]))
    found |= {"item": items[paper], "exempt_item": items[exempt], "restricted_item": items[restricted]}
    found |= {"late_item": items[late], "inside_item": items[inside]}
    return found | {"cabinet": cabinet, "team": team, "inside": inside}


def decided(council: Council, scene: dict[str, int]) -> None:
    """The meeting publishes its agenda, is held and decides; the one behind closed doors publishes to its members."""
    publish(council, scene["meeting"])
    council.step("clerk", scene["behind"], "publish_agenda")
    hold(council, scene["meeting"])
    for name, item in (("paper", "item"), ("exempt", "exempt_item"), ("restricted", "restricted_item")):
        for ask in council.recommendations(scene[name]):
            outcome(council, scene["meeting"], scene[item], ask, reasons="Because of it", votes_for=3)
    council.step("clerk", scene["meeting"], "confirm_decisions")
