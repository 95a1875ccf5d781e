"""Taking what was weighed into a paper: shown first as the section will stand, then saved as any edit of it is."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from commissioning.appraisals.forms import PassageForm
from commissioning.appraisals.queries import list_papers
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.reports import Section
from commissioning.reports.commands import edit_section
from commissioning.reports.routes_shared import read_report
from commissioning.web import requests
from commissioning.web.saving import Saved, ask, save
from commissioning.web.steps import may_amend


def papers_open(session: Session, case: Case, key: str) -> list[Case]:
    """Papers that go with a case, have a section `key`, and that the reader may write in now."""
    found = list_papers(session, requests.actor(), case, key, requests.today())
    return [p for p in found if may_amend(session, p, "report.edit")]


def ask_to_put(session: Session, case: Case, report_id: int, key: str, passage: str, back: str) -> Any:
    """The page that puts a passage at the end of the section `key` of a paper. Raises NotFound for a paper that does
    not go with the case, in which the reader may not write, or that has no such section."""
    paper = next((p for p in papers_open(session, case, key) if p.id == report_id), None)
    section = _section(report_id, key) if paper else None
    if paper is None or section is None or not passage:
        raise NotFound
    form = PassageForm(data={"text": with_passage(section.text, passage), "version": section.version})

    def send() -> Saved:
        return save(form, edit_section, report_id, section.id, form.text.data or "", form.version.data)

    def draw(done: Saved | None) -> str:
        return render_template(
            "appraisals/paper.html", form=form, clash=done, case=case, paper=paper, section=section, back=back,
            passage=passage,
        )  # fmt: skip

    leads_to = url_for("reports.section", report_id=report_id, section_id=section.id)
    return ask(form, send, f"It stands in “{section.heading}” now.", lambda _value: leads_to, draw)


def _section(report_id: int, key: str) -> Section | None:
    """The section with this key, where the paper's board has one; reading what is secret of it goes on record."""
    return next((s for s in read_report(report_id).parts.sections if s.key == key), None)


def with_passage(text: str, passage: str) -> str:
    """A section's text with a passage at its end; unchanged if it stands there already."""
    if passage in text:
        return text
    return f"{text.rstrip()}\n\n{passage}" if text.strip() else passage
