"""Creating and editing units, specifications and monthly returns over the API, through the features' own commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_units import (
    AnswerBody,
    ConcernBody,
    ContributorsBody,
    NameBody,
    QuestionBody,
    RecoveryBody,
    ReturnPatch,
    SpecificationBody,
    SpecificationPatch,
    UnitBody,
    UnitPatch,
)
from commissioning.api.operations import about, as_it_stands, made, operation
from commissioning.api.schemas import CaseOut, Taken
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.locks import lock_ids
from commissioning.models.monitoring import ReturnRisk
from commissioning.models.specifications import Specification
from commissioning.monitoring import commands, commands_said
from commissioning.specifications.commands import (
    ImprovementInput,
    OutcomeInput,
    SpecInput,
    create_specification,
    edit_specification,
    write_improvements,
    write_outcomes,
)
from commissioning.units.commands import NewUnit, create_unit, edit_unit, name_contributors, rename_unit
from commissioning.web import requests

_NAMES = {"actual": "actual_thousandths", "own": "own_pence", "note": "vacancies_note"}
_NAMES |= {"establishment": "establishment_hundredths", "in_post": "in_post_hundredths"}
"""What the commands call a field, and how the body does."""


def _given(body: Taken, *but: str) -> dict[str, Any]:
    """What was sent of a body, as a command takes it."""
    return {name: getattr(body, name) for name in body.model_fields_set if name not in but}


@operation("POST", "/units", CaseOut, tag="units", status=201, body=UnitBody, problems=(403, 409))
def add_unit(body: UnitBody, key: str) -> CaseOut | None:
    """Record a unit.

    Of any kind, inside the council or outside it. Unless it is live from the first, its set-up begins.
    """
    return made(requests.run(create_unit, NewUnit(**_given(body)), key=key))


@operation("PATCH", "/units/{unit_id}", CaseOut, tag="units", body=UnitPatch, problems=(403, 409))
def change_unit(unit_id: int, body: UnitPatch) -> CaseOut | None:
    """Change what a unit is.

    Only what is sent is changed. New posts take over its open returns, specifications and meetings at once.
    """
    about(unit_id, "unit")
    requests.run(edit_unit, unit_id, body.sent(), seen=body.version)
    return as_it_stands()


@operation("POST", "/units/{unit_id}/names", CaseOut, tag="units", body=NameBody, problems=(403, 409))
def give_name(unit_id: int, body: NameBody, key: str) -> CaseOut | None:
    """Give a unit another name.

    From today; what was said under the earlier one stays so.
    """
    about(unit_id, "unit")
    requests.run(rename_unit, unit_id, body.name, body.reason, key=key)
    return as_it_stands()


@operation("POST", "/units/{unit_id}/contributors", CaseOut, tag="units", body=ContributorsBody, problems=(403, 409))
def set_contributors(unit_id: int, body: ContributorsBody, key: str) -> CaseOut | None:
    """Name who contributes to a unit's returns.

    All of them; the head names them, and they see what the head sees.
    """
    about(unit_id, "unit")
    requests.run(name_contributors, unit_id, body.people, key=key)
    return as_it_stands()


@operation("POST", "/specifications", CaseOut, tag="units", status=201, body=SpecificationBody, problems=(403, 409))
def add_specification(body: SpecificationBody, key: str) -> CaseOut | None:
    """Draft a specification.

    A unit's first, or another one after the last has ended. A variation is drafted by the step `propose_variation`.
    """
    header = SpecInput(**_given(body, "unit_id"))
    try:
        return made(requests.run(create_specification, body.unit_id, header, key=key))
    except NotFound:
        raise Invalid({"unit_id": "Select a unit"}) from None


@operation(
    "PATCH", "/specifications/{specification_id}", CaseOut, tag="units", body=SpecificationPatch, problems=(403, 409)
)
def change_specification(specification_id: int, body: SpecificationPatch) -> CaseOut | None:
    """Write a draft of a specification.

    Only what is sent is changed; outcomes and improvement areas are sent all together.
    """
    about(specification_id, "specification")
    requests.run(rewrite_specification, specification_id, body)
    return as_it_stands()


def rewrite_specification(
    session: Session, actor: Actor, specification_id: int, body: SpecificationPatch, *, now: datetime
) -> None:
    """Header, outcomes and improvement areas in one transaction. Raises Stale, Invalid."""
    spec, sent, seen = session.get_one(Specification, specification_id), body.sent(), body.version
    header = {f.name: getattr(spec, f.name) for f in fields(SpecInput)}
    if sent.keys() & header.keys():
        new = SpecInput(**{name: sent.get(name, kept) for name, kept in header.items()})
        edit_specification(session, actor, specification_id, new, seen=seen, now=now)
        seen += 1  # each change counts the version on by one
    if "outcomes" in sent:
        with _placed("outcomes"):
            outcomes = [OutcomeInput(**_given(o)) for o in body.outcomes]
            write_outcomes(session, actor, specification_id, outcomes, seen=seen, now=now)
        seen += 1
    if "improvements" in sent:
        with _placed("improvements"):
            improvements = [ImprovementInput(**_given(i)) for i in body.improvements]
            write_improvements(session, actor, specification_id, improvements, seen=seen, now=now)


@contextmanager
def _placed(at: str) -> Iterator[None]:
    """Refusals of one part of a body, named as the body names its fields; what is not there is a wrong id."""
    try:
        yield
    except NotFound:
        raise Invalid({at: f"{at} names something that is not there"}) from None
    except Invalid as error:
        raise Invalid({_name(at, name): words for name, words in error.errors.items()}) from None


def _name(at: str, name: str) -> str:
    """`outcomes-0-code` and `code` as fields within a part."""
    if name.startswith(f"{at}-"):
        return name.replace("-", ".")
    return f"{at}.{_NAMES.get(name, name)}".rstrip(".")


@operation("PATCH", "/returns/{return_id}", CaseOut, tag="units", body=ReturnPatch, problems=(403, 409))
def change_return(return_id: int, body: ReturnPatch) -> CaseOut | None:
    """Fill in a monthly return.

    Everything that is sent, or nothing of it. Ratings follow by the rules; it is sent off by the step `submit`.
    """
    about(return_id, "return")
    requests.run(answer_return, return_id, body)
    return as_it_stands()


def answer_return(session: Session, actor: Actor, return_id: int, body: ReturnPatch, *, now: datetime) -> None:
    """Every answer in one transaction. Raises Stale if anything happened to the return since `version`, Invalid."""
    case = lock_ids(session, {return_id}).get(return_id)
    if case is None:
        raise NotFound
    check_seen(body.version, case.chain_seq, case.safe_title)
    sent = body.sent()
    who = (session, actor, return_id)
    for n, outcome in enumerate(sent.get("outcomes", ())):
        answer = commands.OutcomeAnswer(**_given(outcome, "id"))
        with _placed(f"outcomes.{n}"):
            commands.save_outcome(*who, outcome.id, answer, now=now)
    for n, line in enumerate(sent.get("lines", ())):
        given = commands.LineAnswer(**_given(line, "line_id"))
        with _placed(f"lines.{n}"):
            commands.save_line(*who, line.line_id, given, now=now)
    if "headcount" in sent:
        count = sent["headcount"]
        posts = (count.establishment_hundredths, count.in_post_hundredths, count.vacancies_note)
        with _placed("headcount"):
            commands.save_headcount(*who, *posts, now=now)
    for n, action in enumerate(sent.get("actions", ())):
        with _placed(f"actions.{n}"):
            commands.save_progress(*who, action.action_id, action.progress, now=now)
    if "risks" in sent:
        _write_risks(*who, sent["risks"], now)
    if "no_risks" in sent:
        with _placed("no_risks"):
            commands_said.say_no_risks(*who, now=now)


def _write_risks(session: Session, actor: Actor, return_id: int, risks: list[Any], now: datetime) -> None:
    kept = {getattr(risk, "id", None) for risk in risks}
    for there in session.scalars(select(ReturnRisk.id).where(ReturnRisk.return_id == return_id)).all():
        if there not in kept:
            commands_said.remove_risk(session, actor, return_id, there, now=now)
    for n, risk in enumerate(risks):
        said = (risk.id, risk.text, risk.rag, risk.mitigation)
        with _placed(f"risks.{n}"):
            commands_said.save_risk(session, actor, return_id, *said, now=now)


@operation("POST", "/returns/{return_id}/recovery", CaseOut, tag="units", body=RecoveryBody, problems=(403, 409))
def add_recovery(return_id: int, body: RecoveryBody, key: str) -> CaseOut | None:
    """Begin an action that recovers a forecast overspend.

    Its strategy leader verifies it; it is carried into the next returns while it is open.
    """
    about(return_id, "return")
    requests.run(commands_said.add_recovery, return_id, body.text, body.owner_id, body.due_on, key=key)
    return as_it_stands()


@operation("POST", "/returns/{return_id}/concerns", CaseOut, tag="units", body=ConcernBody, problems=(403, 409))
def raise_concern(return_id: int, body: ConcernBody, key: str) -> CaseOut | None:
    """Raise a concern with both leaders.

    At any time until the month is closed.
    """
    about(return_id, "return")
    requests.run(commands_said.raise_concern, return_id, body.text, key=key)
    return as_it_stands()


@operation("POST", "/returns/{return_id}/questions", CaseOut, tag="units", body=QuestionBody, problems=(403, 409))
def ask_about_return(return_id: int, body: QuestionBody, key: str) -> CaseOut | None:
    """Ask the unit about its return.

    Without sending it back.
    """
    about(return_id, "return")
    requests.run(commands_said.ask_question, return_id, body.about, body.question, key=key)
    return as_it_stands()


@operation(
    "POST", "/returns/{return_id}/questions/{question_id}", CaseOut, tag="units", body=AnswerBody, problems=(403, 409)
)
def answer_about_return(return_id: int, question_id: int, body: AnswerBody, key: str) -> CaseOut | None:
    """Answer a question about a return.

    Whoever asked is told.
    """
    about(return_id, "return")
    requests.run(commands_said.answer_question, return_id, question_id, body.answer, key=key)
    return as_it_stands()
