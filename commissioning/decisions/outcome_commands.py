"""What a body makes of recommendations: draft outcomes with votes, until the decisions are confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, Stale
from commissioning.clock import fresh_id
from commissioning.decisions.outcomes import OutcomeInput, Voting, past_deadline, problems
from commissioning.meetings.queries import is_deciding, means, open_recommendations
from commissioning.meetings.quorum import Present, present_at, sitting_rules
from commissioning.meetings.sitting_commands import Going, item_of, mark_quorum, move_in, open_meeting
from commissioning.models.bodies import AgendaItem, Body, Meeting, Outcome
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from commissioning.models.sittings import LineNote, RecordedVote
from workflows.registry import Refusal

LONGEST_NOTE = 20_000


@dataclass(frozen=True)
class Entry:
    """The outcome of one recommendation as typed; `version` is that of the outcome that was shown, if there was one."""

    recommendation_id: int
    given: OutcomeInput
    version: int | None = None


def save_outcome(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    recommendation_id: int,
    given: OutcomeInput,
    *,
    now: datetime,
    key: str | None = None,
    version: int | None = None,
) -> None:
    """Enter or change the draft outcome of one recommendation (LI-04 to LI-08). `version` None: it has none yet.

    Raises Invalid by field, Stale with both versions if somebody entered another one meanwhile.
    """

    def change(context: Context) -> None:
        try:
            _enter(context, meeting_id, item_id, [Entry(recommendation_id, given, version)])
        except Invalid as error:
            of = f"_{recommendation_id}"
            raise Invalid({name.removesuffix(of): text for name, text in error.errors.items()}) from None

    body = [item_id, recommendation_id, vars(given), version]
    _amend(session, actor, meeting_id, change, now, key, body)


@dataclass(frozen=True)
class Note:
    """What was said at a line, for the minutes; `version` is that of the note that was shown."""

    text: str
    version: int | None = None


@dataclass(frozen=True)
class Line:
    """What happened at one line of the agenda: who came or went, outcomes, what was said, and whether it is inquorate.

    `is_inquorate` None leaves the item's quorum as it is.
    """

    line_id: int
    entries: Sequence[Entry] = ()
    note: Note | None = None
    going: Going | None = None
    is_inquorate: bool | None = None


def record_line(
    session: Session, actor: Actor, meeting_id: int, line: Line, *, now: datetime, key: str | None = None
) -> None:
    """Write down what happened at one line, all of it or nothing: who came or went first, as it changes who may vote.

    Raises Invalid with names like `votes_for_17`, 17 being the recommendation's id; Stale with both versions.
    """

    def change(context: Context) -> None:
        meeting = open_meeting(context, meeting_id, from_its_day=True)
        if line.going is not None:
            move_in(context, meeting, line.going)
        if line.note is not None:
            _note(context, meeting, line.line_id, line.note)
        if line.is_inquorate is not None:
            mark_quorum(context, meeting, line.line_id, is_inquorate=line.is_inquorate)
        if line.entries:
            _enter(context, meeting_id, line.line_id, line.entries)

    entries = [[e.recommendation_id, vars(e.given), e.version] for e in line.entries]
    note = vars(line.note) if line.note else None
    body = [line.line_id, entries, note, line.going, line.is_inquorate]
    _amend(session, actor, meeting_id, change, now, key, body)


def _amend(
    session: Session, actor: Actor, meeting_id: int, change: Any, now: datetime, key: str | None, body: Any
) -> None:
    amend(
        session,
        actor,
        meeting_id,
        "meeting.record_outcome",
        "meeting.outcome_recorded",
        change,
        now=now,
        key=key,
        body=body,
    )


def _note(context: Context, meeting: Meeting, line_id: int, note: Note) -> None:
    """A note is a draft of the minutes: its words stay out of the record, which says only that it was written."""
    if len(note.text) > LONGEST_NOTE:
        raise Invalid({"note": f"This must be {LONGEST_NOTE:,} characters or fewer"})
    row = context.session.get(LineNote, line_id)
    text = note.text.strip()
    if (row.text if row else "") == text:
        return
    if row is not None and row.version != note.version:
        raise Stale("What was said", theirs=row.text, yours=text, version=row.version)
    if row is None:
        row = LineNote(line_id=line_id, meeting_id=meeting.case_id, text="", version=0)
        context.session.add(row)
    row.text, row.version = text, row.version + 1
    context.notes["note"] = {"line_id": line_id, "version": row.version}


def _enter(context: Context, meeting_id: int, item_id: int, entries: Sequence[Entry]) -> None:
    """Store these outcomes if all of them can be: one that cannot holds back the others, so that none is half done."""
    session = context.session
    meeting = open_meeting(context, meeting_id, from_its_day=True)
    item = item_of(session, meeting_id, item_id)
    if item.case.state == "removed":
        said = f"Item {item.number} was taken off the agenda: nothing is decided on it"
        raise NotNow([Refusal("taken_off", said)])
    if not means(item.case, "to_hear"):
        raise NotNow([Refusal("not_published", "Only an item that is published and not yet heard has outcomes")])
    if item.inquorate:
        raise NotNow([Refusal("inquorate", f"{item.inquorate}. It rolls on to the next meeting")])
    open_ones = open_recommendations(session, [item.report_id], meeting.body_id)[item.report_id]
    wanted = {r.id: r for r in open_ones}
    if not {e.recommendation_id for e in entries} <= wanted.keys():
        raise NotFound
    rows = {o.recommendation_id: o for o in session.scalars(select(Outcome).where(Outcome.item_id == item_id))}
    present, voting = present_at(session, meeting), voting_of(session, meeting)
    errors: dict[str, str] = {}
    noted = []
    for entry in entries:
        row = rows.get(entry.recommendation_id)
        _check_version(session, row, entry.version, entry.given)
        given = counted(entry.given, present.voters_on(item_id))
        found = _check(session, item, wanted[entry.recommendation_id], given, present, voting, meeting.body_id)
        found = {**found, **past_deadline(given, row.action_due_on if row else None, context.today)}
        errors |= {f"{name}_{entry.recommendation_id}": text for name, text in found.items()}
        if found:
            continue
        if row is None:
            row = Outcome(item_id=item_id, recommendation_id=entry.recommendation_id, outcome="", version=0)
            session.add(row)
        change = {"item_id": item_id, "recommendation_id": entry.recommendation_id}
        noted.append(change | {"was": row.outcome, "is": given.outcome})
        _store(row, given, context)
    if errors:
        raise Invalid(errors)
    # In the record, but not among the changes that a timeline shows: they are drafts, and the item may be secret.
    context.notes["outcome" if len(noted) == 1 else "outcomes"] = noted[0] if len(noted) == 1 else noted


def voting_of(session: Session, meeting: Meeting) -> Voting:
    """How the body of a meeting votes."""
    body = session.get_one(Body, meeting.body_id)
    return Voting(body.decides_by, sitting_rules(session, body).chair_casts)


def counted(given: OutcomeInput, voters: frozenset[int]) -> OutcomeInput:
    """With the votes added up, where each member's is given by name and no totals are."""
    if not given.named or given.has_votes or {person for person, _ in given.named} != voters:
        return given
    votes = [vote for _, vote in given.named]
    ayes, noes, neither = (votes.count(vote) for vote in ("for", "against", "abstained"))
    return replace(given, votes_for=ayes, votes_against=noes, abstentions=neither)


def _check_version(session: Session, row: Outcome | None, version: int | None, given: OutcomeInput) -> None:
    """Two clerks at one meeting: the second is shown both."""
    if row is None or version == row.version:
        return
    who = session.get(Person, row.recorded_by_id)
    theirs = labels.OUTCOMES[row.outcome] + (f": {row.amended_text or row.comments or row.reasons}".rstrip(": "))
    yours = labels.OUTCOMES.get(given.outcome, "") + f": {given.amended_text or given.comments or given.reasons}"
    by = who.name if who else ""
    raise Stale("This outcome", by, row.recorded_at, theirs, yours.rstrip(": "), row.version)


def _check(
    session: Session,
    item: AgendaItem,
    recommendation: Recommendation,
    given: OutcomeInput,
    present: Present,
    voting: Voting,
    body_id: int,
) -> Mapping[str, str]:
    why, voters = present.why_inquorate(item.case_id), present.voters_on(item.case_id)
    found = problems(
        recommendation,
        recommendation.options,
        given,
        voters,
        why,
        voting,
        advises=not is_deciding(session, item.report_id, body_id),
    )
    if given.referred_to_id is not None and session.get(Body, given.referred_to_id) is None:
        found["referred_to_id"] = "Select a body from the list"
    elif given.outcome == "referred" and given.referred_to_id == body_id:
        found["referred_to_id"] = "Select another body: this one has it already"
    if given.action_owner_id is not None and session.get(Person, given.action_owner_id) is None:
        found["action_owner_id"] = "Select a person from the list"
    return found


def _store(row: Outcome, given: OutcomeInput, context: Context) -> None:
    row.outcome = given.outcome
    is_amended = given.outcome == "agreed_as_amended"
    row.amended_text = given.amended_text.strip() if is_amended else ""
    row.amended_pence = given.amended_pence if is_amended else None
    row.chosen = ",".join(str(i) for i in dict.fromkeys(given.chosen))
    row.reasons, row.alternatives = given.reasons.strip(), given.alternatives.strip()
    row.comments = given.comments.strip()
    row.referred_to_id = given.referred_to_id if given.outcome == "referred" else None
    row.votes_for, row.votes_against, row.abstentions = given.votes_for, given.votes_against, given.abstentions
    row.casting_vote = given.casting_vote
    row.action_title, row.action_owner_id = given.action_title.strip(), given.action_owner_id
    row.action_due_on = given.action_due_on
    row.recorded_by_id, row.recorded_at = context.person_id, context.now
    row.version += 1
    which = {"item_id": row.item_id, "recommendation_id": row.recommendation_id}
    context.session.execute(
        delete(RecordedVote).where(
            RecordedVote.item_id == row.item_id, RecordedVote.recommendation_id == row.recommendation_id
        )
    )
    for person_id, vote in given.named:
        context.session.add(RecordedVote(id=fresh_id(), person_id=person_id, vote=vote, **which))
