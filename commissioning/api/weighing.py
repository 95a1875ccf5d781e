"""Options and consultations of cycles, papers and groups over the API, through the features' own commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_weighing import (
    AppraisalOut,
    AskedBody,
    CloseBody,
    ConsultationBody,
    ConsultationOut,
    ConsultationPatch,
    ConsultationsOut,
    OptionInBody,
    OptionOut,
    OptionPatch,
    SaidBody,
    SaidOut,
)
from commissioning.api.operations import PREFIX, about, operation
from commissioning.appraisals import commands as appraisals
from commissioning.appraisals.queries import get_option, get_weighed, list_options, what_is_missing
from commissioning.consultations import commands as consultations
from commissioning.consultations.queries import CONSULTS, get_consultation, list_consultations
from commissioning.consultations.words import tally, window_of
from commissioning.models.weighing import Consultation
from commissioning.web import requests

_OPTIONS, _CONSULTATION = "/cases/{case_id}/options", "/consultations/{consultation_id}"


def _anew() -> Session:
    """The reading session after a write."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    return session


def _merged(shape: Any, row: Any, sent: Mapping[str, Any]) -> Any:
    """What a command takes: what was sent, and the rest as it stands."""
    return shape(**{f.name: sent[f.name] if f.name in sent else getattr(row, f.name) for f in fields(shape)})


def _appraisal(session: Session, case_id: int) -> AppraisalOut:
    get_weighed(session, requests.actor(), case_id, requests.today())
    rows = list_options(session, case_id)
    options = [OptionOut(**{n: getattr(row, n) for n in OptionOut.model_fields}) for row in rows]
    return AppraisalOut(options=options, missing=what_is_missing(rows))


@operation("GET", _OPTIONS, AppraisalOut, tag="cycles")
def read_options(case_id: int) -> AppraisalOut:
    """Read what is weighed for a cycle or a paper.

    With what is missing until the appraisal is whole.
    """
    about(case_id)
    return _appraisal(requests.reading(), case_id)


@operation("POST", _OPTIONS, AppraisalOut, tag="cycles", status=201, body=OptionInBody, problems=(403, 409))
def add_option(case_id: int, body: OptionInBody, key: str) -> AppraisalOut:
    """Weigh an option.

    Its relative cost, its risk, and why it is preferred or rejected (LG-12).
    """
    about(case_id)
    requests.run(appraisals.save_option, case_id, None, appraisals.OptionInput(**body.model_dump()), key=key)
    g.location = f"{PREFIX}/cases/{case_id}/options"
    return _appraisal(_anew(), case_id)


@operation("PATCH", _OPTIONS + "/{option_id}", AppraisalOut, tag="cycles", body=OptionPatch, problems=(403, 409))
def change_option(case_id: int, option_id: int, body: OptionPatch) -> AppraisalOut:
    """Change an option.

    Only what is sent is changed.
    """
    about(case_id)

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        get_weighed(session, actor, case_id, requests.today())
        new = _merged(appraisals.OptionInput, get_option(session, case_id, option_id), body.sent())
        appraisals.save_option(session, actor, case_id, option_id, new, seen=body.version, **more)

    requests.run(patch)
    return _appraisal(_anew(), case_id)


def _consultation(row: Consultation) -> ConsultationOut:
    answers = [SaidOut(**{n: getattr(a, n) for n in SaidOut.model_fields}) for a in row.answers]
    said: dict[str, Any] = {"answers": answers, "window": window_of(row, requests.today())}
    said["tally"] = tally(a.stance for a in row.answers)
    return ConsultationOut(**{n: said[n] if n in said else getattr(row, n) for n in ConsultationOut.model_fields})


def _one(session: Session, consultation_id: int) -> ConsultationOut:
    row, case = get_consultation(session, requests.actor(), consultation_id, requests.today())
    g.about = case.id
    return _consultation(row)


@operation("GET", "/cases/{case_id}/consultations", ConsultationsOut, tag="cycles")
def read_consultations(case_id: int) -> ConsultationsOut:
    """Read the consultations of a cycle, a paper or a group.

    Each with what every organisation said, and the tally.
    """
    about(case_id)
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    get_weighed(session, actor, case_id, today, CONSULTS)
    found = list_consultations(session, actor, case_id, today)
    return ConsultationsOut(items=[_consultation(line.row) for line in found])


@operation(
    "POST", "/cases/{case_id}/consultations", ConsultationOut, tag="cycles", status=201, body=ConsultationBody,
    problems=(403, 409),
)  # fmt: skip
def add_consultation(case_id: int, body: ConsultationBody, key: str) -> ConsultationOut:
    """Open a consultation on a case's proposal.

    From a day until another (LG-16).
    """
    about(case_id)
    new = consultations.ConsultationInput(**body.model_dump())
    made = requests.run(consultations.open_consultation, case_id, new, key=key)
    g.location = f"{PREFIX}/consultations/{made}"
    return _one(_anew(), made)


@operation("GET", _CONSULTATION, ConsultationOut, tag="cycles")
def read_consultation(consultation_id: int) -> ConsultationOut:
    """Read a consultation.

    Its organisations with what they said.
    """
    return _one(requests.reading(), consultation_id)


@operation("PATCH", _CONSULTATION, ConsultationOut, tag="cycles", body=ConsultationPatch, problems=(403, 409))
def change_consultation(consultation_id: int, body: ConsultationPatch) -> ConsultationOut:
    """Change a consultation.

    Only what is sent is changed; once it has opened its last day moves with a reason.
    """
    _one(requests.reading(), consultation_id)

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        row, _ = get_consultation(session, actor, consultation_id, requests.today())
        new = _merged(consultations.ConsultationInput, row, body.sent())
        consultations.edit_consultation(session, actor, consultation_id, new, seen=body.version, **more)

    requests.run(patch)
    return _one(_anew(), consultation_id)


@operation("POST", _CONSULTATION + "/close", ConsultationOut, tag="cycles", body=CloseBody, problems=(403, 409))
def close_consultation(consultation_id: int, body: CloseBody, key: str) -> ConsultationOut:
    """Move the last day of a consultation that has opened.

    With a reason; one that was closed opens again.
    """
    _one(requests.reading(), consultation_id)
    requests.run(consultations.move_close, consultation_id, body.closes_on, body.reason, key=key)
    return _one(_anew(), consultation_id)


@operation("POST", _CONSULTATION + "/organisations", ConsultationOut, tag="cycles", body=AskedBody, problems=(403, 409))
def ask_organisations(consultation_id: int, body: AskedBody, key: str) -> ConsultationOut:
    """Name organisations that are asked.

    Each once.
    """
    _one(requests.reading(), consultation_id)
    requests.run(consultations.ask_organisations, consultation_id, body.names, key=key)
    return _one(_anew(), consultation_id)


@operation(
    "POST", _CONSULTATION + "/answers/{answer_id}", ConsultationOut, tag="cycles", body=SaidBody, problems=(403, 409)
)
def record_answer(consultation_id: int, answer_id: int, body: SaidBody, key: str) -> ConsultationOut:
    """Record what an organisation said.

    One answer for each; after the last day only with a reason.
    """
    _one(requests.reading(), consultation_id)
    said = consultations.AnswerInput(body.stance, body.said_on, body.text, body.said_by, body.way)
    more = {"reason": body.reason, "seen": body.version, "key": key}
    requests.run(consultations.record_answer, consultation_id, answer_id, said, **more)
    return _one(_anew(), consultation_id)
