"""A beginning for the minutes, from what was recorded: nobody retypes who came, what was declared and what was decided.

Here: the text alone. Of a secret item it gives the safe title and says that it is withheld.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.meetings.queries import list_attendance, list_interests, list_items
from commissioning.models.bodies import AgendaItem, Body, Decision, Interest, Meeting
from commissioning.models.cases import Case
from workflows.working_days import in_words


def draft_minutes(session: Session, meeting: Meeting) -> str:
    """Minutes in Markdown: present, apologies, interests, each item with its decisions."""
    body = session.get_one(Body, meeting.body_id)
    items = [i for i in list_items(session, meeting.case_id) if not i.case.is_done or i.case.exposure == "published"]
    interests = list_interests(session, [i.case_id for i in items])
    decisions: dict[int, list[tuple[Decision, Case]]] = {}
    rows = session.execute(
        select(Decision, Case)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.meeting_id == meeting.case_id)
        .order_by(Decision.number)
    )
    for decision, case in rows:
        decisions.setdefault(decision.item_id or 0, []).append((decision, case))
    lines = [f"# {body.name}", "", f"{in_words(meeting.meeting_on)}, {meeting.starts_at:%H:%M}", ""]
    if meeting.place:
        lines += [meeting.place, ""]
    lines += _attendance(session, meeting)
    lines += ["## Interests declared", "", *(_interest(i, items) for i in interests)]
    lines += [] if interests else ["None."]
    for item in items:
        lines += ["", *_item(item, decisions.get(item.case_id, []))]
    return "\n".join(lines).strip() + "\n"


def _attendance(session: Session, meeting: Meeting) -> list[str]:
    attendance = list_attendance(session, meeting.case_id).values()
    lines = []
    for status, heading in (("present", "Present"), ("apologies", "Apologies")):
        names = [
            a.person.name + (f" (substitute: {a.substitute})" if a.substitute else "")
            for a in sorted(attendance, key=lambda a: (a.person.name, a.id))
            if a.status == status
        ]
        lines += [f"## {heading}", "", ", ".join(names) + "." if names else "None.", ""]
    return lines


def _interest(interest: Interest, items: list[AgendaItem]) -> str:
    number = next((i.number for i in items if i.case_id == interest.item_id), "")
    return f"- Item {number}: {interest.person.name}, {interest.nature}"


def _item(item: AgendaItem, decisions: list[tuple[Decision, Case]]) -> list[str]:
    is_open = item.case.secrecy == "open"
    lines = [f"## {item.number}. {item.case.title if is_open else item.case.safe_title}", ""]
    for decision, case in decisions:
        words = labels.OUTCOMES[decision.outcome].lower()
        if not is_open or case.secrecy != "open":
            lines += [f"**Decision {decision.number}** ({words}): withheld as {case.secrecy}.", ""]
            continue
        lines += [f"**Decision {decision.number}** ({words}): {decision.text}", ""]
        lines += [f"- {option}" for option in decision.chosen.splitlines()]
        lines += [f"Comments: {decision.comments}", ""] if decision.comments else []
        lines += [f"Reasons: {decision.reasons}", ""] if decision.reasons else []
        if decision.votes_for is not None or decision.votes_against is not None:
            counts = (decision.votes_for or 0, decision.votes_against or 0, decision.abstentions or 0)
            lines += ["Votes: {} for, {} against, {} abstained".format(*counts), ""]
    return lines if decisions else [*lines, "No decision was recorded."]
