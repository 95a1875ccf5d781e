"""Bristol's paper in Word: its author has a copy, and it came back with a tracked change and a comment."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from commissioning.clock import fresh_id
from commissioning.demo.builder import Builder
from commissioning.demo.in_word import annotated
from commissioning.models.cases import Case
from commissioning.reports.queries import get_report
from commissioning.word.commands import hold_return, take_out
from commissioning.word.queries import paper_of
from commissioning.word.reading import read_document
from commissioning.word.writing import write_document

AUTHOR, TITLE = "programme", "Improving Outcomes for Children through a Commissioning Approach"
MORE = "Heads of service are to be told before the paper is published."


def tell_word(b: Builder) -> None:
    """A copy out, and a document that waits to be looked at."""
    report_id = b.session.scalars(select(Case.id).where(Case.kind == "report", Case.title == TITLE)).one()
    taken, back = b.at(-2, 14), b.at(-1, 16)
    view = get_report(b.session, b.actor(AUTHOR, taken), report_id, taken)
    copy_id = fresh_id()
    paper = paper_of(view, view.body, copy_id)
    content = write_document(paper)
    b.do(AUTHOR, taken, take_out, report_id, copy_id, content, read_document(content))
    first, *rest = paper.sections
    written = write_document(replace(paper, sections=[replace(first, text=f"{first.text}\n{MORE}"), *rest]))
    written = annotated(written, MORE, "Unions too.", "Has Human Resources seen this?", "Assistant Director", back)
    b.do(AUTHOR, back, hold_return, report_id, copy_id, "Commissioning approach.docx", written)
