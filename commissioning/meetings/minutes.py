"""A beginning for the minutes, from what was recorded: nobody retypes who came, who went, and what was decided.

Here: the text alone, line by line of the agenda. Of a private line it gives the safe title and says what is withheld.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.meetings.agenda import AgendaLine, is_at_table, list_agenda
from commissioning.meetings.confirming import list_confirmed
from commissioning.meetings.queries import list_interests, means, named_votes
from commissioning.meetings.quorum import Present, present_at
from commissioning.models.bodies import Action, Body, Decision, Interest, Meeting, Outcome
from commissioning.models.cases import Case
from commissioning.models.sittings import LineNote, MinutesConfirmed, Movement, RecordedVote
from workflows.working_days import in_words


@dataclass(frozen=True)
class _Recorded:
    """What was written down at a meeting, by line."""

    present: Present
    interests: Sequence[Interest]
    movements: Sequence[Movement]
    notes: dict[int, LineNote]
    decisions: dict[int, list[tuple[Decision, Case]]]
    casting: dict[tuple[int, int], str]
    named: dict[tuple[int, int], list[RecordedVote]]
    actions: dict[int, list[str]]
    confirmed: Sequence[tuple[Meeting, MinutesConfirmed]]


def draft_minutes(session: Session, meeting: Meeting) -> str:
    """Minutes in Markdown: who was there, then each line of the agenda with what was said and decided (P-19)."""
    body = session.get_one(Body, meeting.body_id)
    lines = list_agenda(session, meeting.case_id)
    recorded = _recorded(session, meeting, lines)
    text = [f"# {body.name}", "", f"{in_words(meeting.meeting_on)}, {meeting.starts_at:%H:%M}", ""]
    if meeting.place:
        text += [meeting.place, ""]
    text += _table(meeting, recorded.present)
    for line in lines:
        text += _line(line, recorded, lines)
    return "\n".join(text).strip() + "\n"


def may_read_minutes(session: Session, actor: Actor, meeting: Meeting) -> bool:
    """Whether the minutes are for this reader of the meeting: those at the table at once, others once approved."""
    return means(meeting.case, "minutes_public") or is_at_table(session, actor, meeting.case_id)


def without_summary(session: Session, meeting: Meeting) -> list[AgendaLine]:
    """Private lines of which the minutes say nothing that everybody may read: where that leaves no fair record, the
    law wants a written summary (P-17)."""
    private = [line for line in list_agenda(session, meeting.case_id) if line.is_private and line.kind != "exclusion"]
    rows = session.scalars(
        select(LineNote.line_id).where(LineNote.line_id.in_([x.id for x in private]), LineNote.summary != "")
    )
    there = set(rows) if private else set()
    return [line for line in private if line.id not in there]


def _recorded(session: Session, meeting: Meeting, lines: Sequence[AgendaLine]) -> _Recorded:
    items = [line.id for line in lines if line.item is not None]
    decisions: dict[int, list[tuple[Decision, Case]]] = {}
    for decision, case in session.execute(
        select(Decision, Case)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.meeting_id == meeting.case_id)
        .order_by(Decision.number)
    ):
        decisions.setdefault(decision.item_id or 0, []).append((decision, case))
    actions: dict[int, list[str]] = {}
    numbers = [d.case_id for rows in decisions.values() for d, _ in rows]
    for action in session.scalars(select(Action).where(Action.decision_id.in_(numbers)).order_by(Action.case_id)):
        actions.setdefault(action.decision_id or 0, []).append(action.text)
    return _Recorded(
        present_at(session, meeting),
        list_interests(session, [line.id for line in lines]),
        session.scalars(
            select(Movement)
            .where(Movement.meeting_id == meeting.case_id)
            .options(joinedload(Movement.person))
            .order_by(Movement.at, Movement.id)
        ).all(),
        {n.line_id: n for n in session.scalars(select(LineNote).where(LineNote.meeting_id == meeting.case_id))},
        decisions,
        {
            (o.item_id, o.recommendation_id): o.casting_vote
            for o in session.scalars(select(Outcome).where(Outcome.item_id.in_(items), Outcome.casting_vote != ""))
        },
        named_votes(session, items),
        actions,
        list_confirmed(session, meeting.case_id),
    )


def _table(meeting: Meeting, present: Present) -> list[str]:
    there, away = [], []
    for seat in present.seats:
        if seat.status == "present":
            more = ["in the chair"] if seat.person_id == meeting.presided_by_id else []
            more += ["from elsewhere"] if seat.is_remote else []
            there.append(seat.name + (f" ({', '.join(more)})" if more else ""))
        elif seat.substitute:
            there.append(f"{seat.substitute} (substitute for {seat.name})")
        if seat.status == "apologies":
            away.append(seat.name)
    text = []
    for heading, names in (("Present", there), ("Apologies", away)):
        text += [f"## {heading}", "", ", ".join(names) + "." if names else "None.", ""]
    return text


def _line(line: AgendaLine, recorded: _Recorded, lines: Sequence[AgendaLine]) -> list[str]:
    text = ["", f"## {line.number}. {line.safe_title if line.is_private else line.title}", ""]
    text += [f"{line.text}", ""] if line.text and line.kind in ("exclusion", "matters_arising") else []
    if line.kind == "interests":
        text += [*(_interest(i, lines) for i in recorded.interests), ""] if recorded.interests else ["None.", ""]
    if line.kind == "minutes":
        text += [paragraph for row in recorded.confirmed for paragraph in _confirmed(*row)]
    if note := recorded.notes.get(line.id):
        withheld = note.summary or "What was said is withheld."
        text += [withheld if line.is_private else note.text, ""]
    for move in (m for m in recorded.movements if m.line_id == line.id):
        text += [f"{move.person.name} {'came in' if move.is_arrival else 'left'} at {move.at:%H:%M}.", ""]
    if line.item is not None:
        return text + _item(line, recorded)
    is_out = any(i.line_id == line.id for i in recorded.interests)
    why = recorded.present.why_inquorate(line.id) if is_out else ""
    return [*text, f"{why}.", ""] if why else text


def _interest(interest: Interest, lines: Sequence[AgendaLine]) -> str:
    number = next((line.number for line in lines if line.id == interest.line_id), "")
    then = f"stayed by dispensation: {interest.dispensation}" if interest.dispensation else "took no part"
    return f"- Item {number}: {interest.person.name}, {interest.nature}; {then}."


def _confirmed(meeting: Meeting, row: MinutesConfirmed) -> list[str]:
    said = f"The minutes of {in_words(meeting.meeting_on)} were confirmed"
    ends = f"and signed by {row.signed_by.name}, who presided."
    if row.corrections:
        return [f"{said}, with these corrections, {ends}", "", row.corrections, ""]
    return [f"{said} as a correct record {ends}", ""]


def _item(line: AgendaLine, recorded: _Recorded) -> list[str]:
    assert line.item is not None
    if line.item.inquorate:
        return [f"{line.item.inquorate}. The item goes to the next meeting.", ""]
    text = []
    for decision, case in recorded.decisions.get(line.id, []):
        words = labels.OUTCOMES[decision.outcome].lower()
        if line.is_private or case.secrecy != "open":
            text += [f"**Decision {decision.number}** ({words}): withheld as {case.secrecy}.", ""]
            continue
        text += [f"**Decision {decision.number}** ({words}): {decision.text}", ""]
        if decision.text != decision.original_text:
            text += [f"As proposed: {decision.original_text}", ""]
        text += [f"- {option}" for option in decision.chosen.splitlines()]
        text += [f"Comments: {decision.comments}", ""] if decision.comments else []
        text += [f"Reasons: {decision.reasons}", ""] if decision.reasons else []
        text += _votes(decision, recorded)
        text += [f"Action: {words}" for words in recorded.actions.get(decision.case_id, [])]
        text += [""] if text[-1] else []
    return text or ["No decision was recorded.", ""]


def _votes(decision: Decision, recorded: _Recorded) -> list[str]:
    if decision.votes_for is None and decision.votes_against is None:
        return []
    which = (decision.item_id or 0, decision.recommendation_id)
    counts = (decision.votes_for or 0, decision.votes_against or 0, decision.abstentions or 0)
    said = "Votes: {} for, {} against, {} abstained".format(*counts)
    said += f"; the chair’s casting vote was {recorded.casting[which]}" if which in recorded.casting else ""
    text = [f"{said}.", ""]
    if named := recorded.named.get(which):
        by_name = ", ".join(f"{vote.person.name} {labels.VOTES[vote.vote].lower()}" for vote in named)
        text += [f"By name: {by_name}.", ""]
    return text
