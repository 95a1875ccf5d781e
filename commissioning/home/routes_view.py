"""From rows to what the first page shows: words for days, one button for each task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.inbox import InboxRow
from commissioning.casework.registry import house
from commissioning.home.queries_papers import PaperLine
from commissioning.web.filters import plural
from commissioning.web.step_forms import beginning_of, needs_form, page_of
from commissioning.web.steps import case_url, step_url
from workflows.working_days import Calendar

SOON = 2
"""Working days ahead that count as soon."""
LONGEST = 300
"""Characters of a signer's words that the first page shows."""


@dataclass(frozen=True, slots=True)
class Other:
    """One line of "Waiting on others"."""

    row: InboxRow
    href: str
    due: dict[str, Any]
    asked: str
    ask_url: str


def due_words(due_on: date | None, today: date, calendar: Calendar) -> dict[str, Any]:
    """`due_on`, and either `overdue` or `soon` in words."""
    if due_on is None:
        return {"due_on": None, "overdue": "", "soon": ""}
    left = calendar.working_days_left(today, due_on)
    if due_on < today:
        overdue = f"{plural(-left, 'working day')} overdue" if left else "overdue"
        return {"due_on": due_on, "overdue": overdue, "soon": ""}
    soon = {0: "today" if due_on == today else "before the next working day", 1: "in 1 working day"}
    return {"due_on": due_on, "overdue": "", "soon": soon.get(left, f"in {left} working days") if left <= SOON else ""}


def waiting_items(
    rows: Iterable[InboxRow], asks: Iterable[Any], own: str, today: date, calendar: Calendar
) -> list[dict[str, Any]]:
    """Lines of "Waiting for you", each with the one button that moves it on."""
    asked: dict[int, Any] = {}
    for said in asks:
        asked.setdefault(said.case_id, said)
    items = []
    for row in rows:
        words = f"{labels.KINDS[row.kind]} {row.reference}: {row.state_label}"
        whom = f"asked of {row.holder}" if row.holder != own else ""
        ask = asked.get(row.case_id)
        if ask is not None and ask.asker != own:
            whom += f"{'; ' if whom else ''}{ask.asker} asks{_said(ask)}"
        items.append(
            {
                "title": row.title,
                "href": case_url(row.kind, row.case_id),
                "what": words,
                "whom": whom,
                "button": _button(row),
                **due_words(row.due_on, today, calendar),
            }
        )
    return items


def _button(row: InboxRow) -> dict[str, Any]:
    begun = beginning_of(row.kind, row.step)
    if begun is not None:
        label, url_of = begun
        return {"label": label, "href": url_of(row.case_id, row.part)}
    own = page_of(row.kind, row.step)
    if own is not None:
        return {"label": row.step_label, "href": own(row.case_id, row.part)}
    url = step_url(row.case_id, row.step, row.part)
    step = house.workflows[row.definition].steps[row.step]
    if needs_form(step):
        return {"label": row.step_label, "href": url}
    return {"label": row.step_label, "url": url, "version": row.version}


def question_items(
    questions: Iterable[Any], asks: Iterable[Any], actor: Actor
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Questions for the reader to answer, and those that the reader waits to have answered, with Ask."""
    said = list(asks)
    mine, others = [], []
    for question in questions:
        href = case_url(question.kind, question.case_id)
        item: dict[str, Any] = {"title": question.title, "href": href, "due_on": None, "overdue": "", "soon": ""}
        if question.is_mine:
            asked = next((a for a in said if a.case_id == question.case_id and a.asker == question.asked_by), None)
            item |= {"what": f"Answer a question from {question.asked_by}: “{question.question}”"}
            item |= {"whom": f"{asked.asker} asks{_said(asked)}" if asked else ""}
            mine.append(item | {"button": {"label": "Answer", "href": f"{href}/questions/{question.id}"}})
        else:
            asked = next((a for a in said if a.case_id == question.case_id and a.asker == actor.name), None)
            item |= {"what": f"An answer from {question.asked_of} to your question"}
            item |= {"whom": f"You asked on {asked.on_day:%-d %B}" if asked else ""}
            url = f"/cases/{question.case_id}/ask/questions/{question.id}"
            others.append(item | {"button": {"label": "Ask", "href": url}})
    return mine, others


def change_items(papers: Iterable[PaperLine], today: date, calendar: Calendar, *, is_own: bool) -> list[dict[str, Any]]:
    """Changes that signers ask for, in their words: for who writes the paper, or (not `is_own`) for its sponsor."""
    items = []
    for paper in papers:
        href = case_url("report", paper.case.id)
        for row in paper.changes_requested:
            said = f"{row.post.name} asks for changes: “{shorten(row.comment, LONGEST, placeholder=' …')}”"
            button = {"label": "Read and change", "href": f"{href}/sign-offs/{row.id}"} if is_own else None
            items.append(
                {
                    "title": paper.case.title,
                    "href": href,
                    "what": said,
                    "whom": "" if is_own else "It waits for the author",
                    "button": button,
                    **due_words(row.due_on, today, calendar),
                }
            )
    return items


def _said(ask: Any) -> str:
    return f": “{ask.text}”" if ask.text else " how it stands"


def other_lines(
    rows: Iterable[InboxRow], asks: Iterable[Any], own: str, today: date, calendar: Calendar
) -> list[Other]:
    """Lines of "Waiting on others": who exactly, since when, and Ask."""
    last: dict[int, Any] = {}
    for said in asks:
        if said.asker == own:
            last.setdefault(said.case_id, said)
    found = []
    for row in rows:
        ask = last.get(row.case_id)
        asked = f"You asked on {ask.on_day:%-d %B}" if ask else ""
        url = f"/cases/{row.case_id}/ask/{row.task_id}"
        found.append(Other(row, case_url(row.kind, row.case_id), due_words(row.due_on, today, calendar), asked, url))
    return found
