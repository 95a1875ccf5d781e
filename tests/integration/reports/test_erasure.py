"""Lawful erasure takes every word of a case: audit bodies, draft, editions, search, messages; on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, func, select, text, update
from sqlalchemy.exc import DBAPIError

from commissioning.actors import system_actor
from commissioning.audit_erasure import erase_bodies
from commissioning.audit_verify import snapshot, verify
from commissioning.models.people import StoredFile
from commissioning.models.reports import ReportEdition
from commissioning.models.search import SearchPart
from commissioning.reports.commands import Header, edit_header, save_appendix
from commissioning.reports.sign_offs import answer_question, ask_question
from commissioning.reports.uploads import store_file
from tests.integration.reports.test_uploads import PDF
from tests.integration.reports.world import Papers

WORD = "Zanzibar"


def written(papers: Papers) -> None:
    """A submitted and withdrawn report with the word in every place where one can write."""
    c = papers.council
    papers.draft()
    for key in ("purpose", "background", "legal", "finance", "equalities"):
        papers.write(key, f"{WORD} in {key}. See Appendix A.")
    papers.ask(
        f"The Cabinet is asked to choose {WORD} or another",
        "choose",
        reasons=WORD,
        risks=WORD,
        options=((WORD, True), ("Neither", False)),
    )
    header = dict.fromkeys(("title", "safe_title", "purpose", "report_of", "contact_name", "background_papers"), WORD)
    c.run("author", edit_header, papers.report, Header(**header), None)
    file = c.run("author", store_file, PDF, f"{WORD}.pdf")
    c.run("author", save_appendix, papers.report, title=WORD, file_name=f"{WORD}.pdf", file_sha256=file.sha256)
    c.step("author", papers.report, "request_clearance")
    sign_off = papers.sign_off("finance").id
    asked = c.run("fin", ask_question, papers.report, sign_off, c.people["author"], WORD, passage=WORD)
    c.run("author", answer_question, papers.report, asked, WORD)
    papers.sign("lena", "legal", "cleared_with_conditions", comment=WORD, conditions=WORD)
    papers.sign("fin", "finance", comment=WORD)
    c.step("sponsor", papers.report, "submit")
    c.step("sponsor", papers.report, "withdraw", reason=WORD)


def places(engine: Engine) -> list[str]:
    """Tables in which the word stands, the full-text index among them."""
    tables, found = MetaData(), []
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.tables.values():
            if table.name.startswith("search_words"):
                continue
            if any(WORD in str(tuple(row)) for row in connection.execute(select(table))):
                found.append(table.name)
        if engine.dialect.name == "sqlite":
            match = text("SELECT count(*) FROM search_words WHERE search_words MATCH :word")
            found += ["search_words"] if connection.execute(match, {"word": WORD}).scalar() else []
    return sorted(found)


def erase(papers: Papers) -> None:
    """Erase the report's chain."""
    chain = f"case:{papers.report}"

    def run(session: Any) -> None:
        erase_bodies(session, system_actor("command line"), chain, now=papers.council.now, reason="Request 12")

    papers.council.write(run)


def test_no_table_holds_a_word_of_what_was_erased(papers: Papers) -> None:
    written(papers)
    before = places(papers.council.engine)
    assert {"events", "sections", "report_editions", "search_parts", "messages", "appendices"} <= set(before)
    erase(papers)
    assert places(papers.council.engine) == []
    assert papers.council.read(lambda s: s.scalar(select(func.count()).select_from(SearchPart))) == 0
    assert papers.council.read(lambda s: s.scalar(select(func.count()).select_from(StoredFile))) == 0
    with snapshot(papers.council.engine) as session:
        found = verify(session)
    assert found.is_whole
    assert found.erased > 5


def test_an_edition_is_changed_by_nothing_else(papers: Papers) -> None:
    papers.submitted()
    for values in ({"content": "x"}, {"content": "", "number": 9}):
        with pytest.raises(DBAPIError, match="append-only"):
            papers.council.write(lambda s, v=values: s.execute(update(ReportEdition).values(**v)))
