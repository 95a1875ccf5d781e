"""Lawful erasure takes every word of a case: audit bodies, draft, editions, search, messages; on both engines."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.audit import canonical
from commissioning.audit_erasure import erase_bodies
from commissioning.audit_export import has_secret_text
from commissioning.audit_ocel import ocel
from commissioning.audit_verify import snapshot, verify
from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.models.bodies import AgendaItem, Decision
from commissioning.models.cases import Case
from commissioning.models.outside import OutsideComment
from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.models.reports import Appendix, Recommendation, ReportEdition, Section, SignOffQuestion
from commissioning.models.search import SearchPart
from commissioning.reports.commands import Header, edit_header, save_appendix
from commissioning.reports.risks import RiskWording, save_risk
from commissioning.reports.sign_offs import answer_question, ask_question
from commissioning.reports.uploads import store_file
from tests.integration.reports.test_uploads import PDF, pdf
from tests.integration.reports.world import Papers

WORD = "Zanzibar"
_RISK = {"heading": "Risk", "kind": "implication", "is_required": False}


def written(papers: Papers, word: str = WORD) -> None:
    """A submitted and withdrawn report with the word in every place where one can write, one question unanswered."""
    c = papers.council
    papers.draft()
    c.write(lambda s: s.add(Section(id=fresh_id(), report_id=papers.report, position=9, key="risk", **_RISK)))
    c.run("author", save_risk, papers.report, RiskWording(word, "not_decided", "high", word, word))
    for key in ("purpose", "background", "legal", "finance", "equalities"):
        papers.write(key, f"{word} in {key}. See Appendix A.")
    papers.ask(
        f"The Cabinet is asked to choose {word} or another",
        "choose",
        reasons=word,
        risks=word,
        options=((word, True), ("Neither", False)),
    )
    header = dict.fromkeys(("title", "safe_title", "purpose", "report_of", "contact_name", "background_papers"), word)
    c.run("author", edit_header, papers.report, Header(**header), None)
    file = c.run("author", store_file, PDF, f"{word}.pdf")
    c.run("author", save_appendix, papers.report, title=word, file_name=f"{word}.pdf", file_sha256=file.sha256)
    c.step("author", papers.report, "request_clearance")
    sign_off = papers.sign_off("finance").id
    asked = c.run("fin", ask_question, papers.report, sign_off, c.people["author"], word, passage=word)
    c.run("author", answer_question, papers.report, asked, word)
    c.run("fin", ask_question, papers.report, sign_off, c.people["author"], f"{word} too?", passage=word)
    papers.sign("lena", "legal", "cleared_with_conditions", comment=word, conditions=word)
    papers.sign("fin", "finance", comment=word)
    c.step("sponsor", papers.report, "submit")
    c.step("sponsor", papers.report, "withdraw", reason=word)


def places(engine: Engine, word: str = WORD) -> list[str]:
    """Tables in which the word stands, once for each row, the full-text index among them."""
    tables, found = MetaData(), []
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.tables.values():
            if table.name.startswith("search_words"):
                continue
            found += [table.name for row in connection.execute(select(table)) if word in str(tuple(row))]
        if engine.dialect.name == "sqlite":
            match = text("SELECT count(*) FROM search_words WHERE search_words MATCH :word")
            found += ["search_words"] if connection.execute(match, {"word": word}).scalar() else []
    return sorted(found)


def erase(papers: Papers) -> None:
    """Erase the report's chain."""
    chain = f"case:{papers.report}"

    def run(session: Any) -> None:
        erase_bodies(session, system_actor("command line"), chain, now=papers.council.now, reason="Request 12")

    papers.council.write(run)


def _item(papers: Papers) -> int:
    """The report on the agenda of its meeting."""
    c = papers.council

    def add(session: Session) -> int:
        row = {"meeting_id": papers.meeting, "report_id": papers.report, "position": 1}
        new = NewCase("agenda_item", "Item", facts=lambda i: [AgendaItem(case_id=i, **row)])
        return create(session, c.actor("clerk", session), new, now=c.now)

    return int(c.write(add))


def _decided(papers: Papers, item: int) -> int:
    """A decision on its first recommendation."""
    c, asked = papers.council, papers.recommendations()[0].id

    def add(session: Session) -> int:
        row = {"meeting_id": papers.meeting, "report_id": papers.report, "item_id": item, "body_id": papers.body}
        row |= {"recommendation_id": asked, "number": 1, "ask": "approve", "outcome": "agreed", "text": "Yes"}
        row |= {"original_text": "Yes", "decided_on": c.now.date()}
        roles = [("publisher", c.people["clerk"], None, None)]
        new = NewCase("decision", "Decision", roles=roles, facts=lambda i: [Decision(case_id=i, **row)])
        return create(session, c.actor("clerk", session), new, now=c.now)

    return int(c.write(add))


def _pack(papers: Papers, sha256: str, *, is_draft: bool) -> PackBuild:
    """The pack of the meeting, built to that file."""
    return PackBuild(
        meeting_id=papers.meeting, edition="private", variant="x", source=str(is_draft), facts="{}",
        wanted=canonical({"draft": is_draft}), progress="ready", file_sha256=sha256, asked_at=papers.council.now,
    )  # fmt: skip


def _cited(report: int, sha256: str) -> Appendix:
    """An appendix of a report, in that file."""
    return Appendix(id=fresh_id(), report_id=report, letter="Z", title=WORD, position=9, file_sha256=sha256)


def _heard(report: int, sha256: str, person: int) -> OutsideComment:
    """What a body outside said of a report, in that file."""
    days = {"asked_on": date(2026, 9, 1), "due_on": date(2026, 9, 8)}
    return OutsideComment(id=fresh_id(), report_id=report, body="Kept", asked_by_id=person, file_sha256=sha256, **days)


def test_no_table_holds_a_word_of_what_was_erased(papers: Papers) -> None:
    """And nothing of another report is touched, nor a file that another attaches, nor one that belongs to none."""
    written(papers)
    _item(papers)
    mine, c = papers.report, papers.council
    written(papers, "Kept")
    other, stray = papers.report, c.run("author", store_file, pdf(b"/Stray 1"), "stray.pdf").sha256
    drafted = c.run("author", store_file, pdf(b"/Draft 1"), "draft.pdf").sha256
    heard = c.run("author", store_file, pdf(b"/Heard 1"), "heard.pdf").sha256
    c.write(lambda s: s.add_all([_pack(papers, drafted, is_draft=True), _pack(papers, stray, is_draft=False)]))
    c.write(lambda s: s.add_all([_cited(mine, heard), _heard(other, heard, c.people["clerk"])]))
    before, kept = places(c.engine), places(c.engine, "Kept")
    assert {"events", "sections", "report_editions", "search_parts", "messages", "appendices", "report_risks"} <= set(
        before
    ) & set(kept)
    answers = select(SignOffQuestion.answer).order_by(SignOffQuestion.id)
    papers.report = mine
    erase(papers)
    assert places(c.engine) == []
    assert places(c.engine, "Kept") == kept
    assert c.read(lambda s: s.scalars(answers).all()) == ["", None, "Kept", None]
    assert c.read(lambda s: s.scalar(select(func.count()).where(SearchPart.case_id == mine))) == 0
    files = select(StoredFile.sha256)
    assert set(c.read(lambda s: s.scalars(files).all())) == {stray, heard, hashlib.sha256(PDF).hexdigest()}
    assert c.read(lambda s: s.scalars(select(PackBuild.file_sha256)).all()) == [stray], "a draft held the words"
    papers.report = other
    erase(papers)
    assert c.read(lambda s: s.scalars(files).all()) == [stray]
    with snapshot(c.engine) as session:
        found = verify(session)
    assert found.is_whole
    assert found.erased > 5


def test_what_belongs_to_a_report_with_a_secret_part_is_withheld_and_what_it_leads_to_is_told(papers: Papers) -> None:
    """Report, agenda item, decision and meeting, whichever part is secret; another meeting of the body is not."""
    papers.submitted()
    c = papers.council
    away = c.meeting(papers.body, date(2027, 1, 12))
    item = _item(papers)
    hers = {papers.report, item, papers.meeting, _decided(papers, item)}
    appendix = Appendix(id=fresh_id(), report_id=papers.report, letter="Z", title="Z", position=9)
    c.write(lambda s: s.add(appendix))
    with Session(c.engine.execution_options(writes=True)) as session:
        assert not hers & set(session.scalars(select(Case.id).where(has_secret_text())))
        for part in (Section, Recommendation, Appendix):
            session.execute(update(part).where(part.report_id == papers.report).values(secrecy="exempt"))
            found = set(session.scalars(select(Case.id).where(has_secret_text())))
            assert (hers <= found, away in found) == (True, False), part
            session.rollback()
    with snapshot(c.engine) as session:
        log = json.loads("".join(ocel(session)))
        reports = json.loads("".join(ocel(session, of=Case.kind == "report")))
        items = json.loads("".join(ocel(session, of=Case.kind == "agenda_item")))
    assert [t["name"] for t in reports["objectTypes"]] == ["report", "person"]
    assert {a["type"] for t in log["objectTypes"] for a in t["attributes"]} == {"string"}
    assert [o["relationships"] for o in items["objects"] if o["type"] == "agenda_item"] == [[]], "nor where it leads"
    leads = {"objectId": f"case:{papers.report}", "qualifier": "report"}
    assert leads in next(o["relationships"] for o in log["objects"] if o["id"] == f"case:{item}")
    assert leads in next(e["relationships"] for e in log["events"] if e["id"] == f"case:{item}:1")


def test_an_edition_is_changed_by_nothing_else(papers: Papers) -> None:
    papers.submitted()
    for values in ({"content": "x"}, {"content": "", "number": 9}):
        with pytest.raises(DBAPIError, match="append-only"):
            papers.council.write(lambda s, v=values: s.execute(update(ReportEdition).values(**v)))
