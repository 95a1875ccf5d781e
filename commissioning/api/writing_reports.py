"""Creating and editing reports, their sections, risks and recommendations over the API, through the commands."""

from __future__ import annotations

from typing import Any

from flask import g

from commissioning.api.bodies import (
    PartOut,
    PersonBody,
    RecommendationBody,
    RecommendationPatch,
    ReportBody,
    ReportPatch,
    SectionPatch,
)
from commissioning.api.bodies_weighing import ReportRiskBody, ReportRiskPatch
from commissioning.api.cases import BASE
from commissioning.api.operations import about, as_it_stands, made, operation
from commissioning.api.schemas import CaseOut
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.reports import Recommendation, Risk, Section
from commissioning.reports.commands import Header, create_report, edit_header, edit_section
from commissioning.reports.naming import name_contributor, name_signer, name_sponsor
from commissioning.reports.recommending import Wording, save_recommendation
from commissioning.reports.risks import RiskWording, save_risk
from commissioning.web import requests


@operation("POST", "/reports", CaseOut, tag="reports", status=201, body=ReportBody, problems=(403, 409))
def add_report(body: ReportBody, key: str) -> CaseOut | None:
    """Start a report.

    For a meeting, with the sections of its body's template. The caller becomes its author.
    """
    sent = {n: getattr(body, n) for n in body.model_fields_set - {"title", "meeting_id", "route"}}
    about_meeting(body.meeting_id)
    route = [(stop.body_id, stop.decides) for stop in body.route]
    return made(requests.run(create_report, body.title, body.meeting_id, key=key, header=Header(**sent), route=route))


def about_meeting(meeting_id: int) -> None:
    """Refuse a meeting that the caller may not know of, in the words of one that does not exist."""
    try:
        about(meeting_id, "meeting")
    except NotFound:
        raise Invalid({"meeting_id": "Choose a meeting"}) from None


@operation("PATCH", "/reports/{report_id}", CaseOut, tag="reports", body=ReportPatch, problems=(403, 409))
def change_report(report_id: int, body: ReportPatch) -> CaseOut | None:
    """Change a report's header.

    Only what is sent is changed.
    """
    about(report_id, "report")
    sent = body.sent()
    emptied = tuple(name for name, value in sent.items() if value is None)
    requests.run(edit_header, report_id, Header(**sent, clear=emptied), body.version)
    return as_it_stands()


@operation("POST", "/reports/{report_id}/people", CaseOut, tag="reports", body=PersonBody, problems=(403, 409))
def name_somebody(report_id: int, body: PersonBody, key: str) -> CaseOut | None:
    """Name the sponsor, a contributor or a signing team.

    A new sponsor takes the place of the one before. Who writes or sponsors cannot sign.
    """
    about(report_id, "report")
    wanted, unwanted = ("post_id", "person_id") if body.role == "signer" else ("person_id", "post_id")
    if getattr(body, wanted) is None:
        raise Invalid({wanted: f"{wanted} is missing"})
    if getattr(body, unwanted) is not None:
        raise Invalid({unwanted: f"a {body.role} is named by {wanted}"})
    if body.role == "signer":
        requests.run(name_signer, report_id, body.post_id, key=key, covers=body.covers)
    else:
        command = name_sponsor if body.role == "sponsor" else name_contributor
        requests.run(command, report_id, body.person_id, key=key)
    return as_it_stands()


@operation("POST", "/recommendations", PartOut, tag="reports", status=201, body=RecommendationBody, problems=(403, 409))
def add_recommendation(body: RecommendationBody, key: str) -> PartOut | None:
    """Add a recommendation.

    It becomes the report's last one (LI-04).
    """
    _about_report(body.report_id)
    given = {n: getattr(body, n) for n in body.model_fields_set - {"report_id"}}
    made_id = requests.run(save_recommendation, body.report_id, _wording(given), key=key)
    g.location = f"{BASE}/cases/{body.report_id}"
    return _part("recommendations", made_id)


@operation(
    "PATCH",
    "/recommendations/{recommendation_id}",
    PartOut,
    tag="reports",
    body=RecommendationPatch,
    problems=(403, 409),
)
def change_recommendation(recommendation_id: int, body: RecommendationPatch) -> PartOut | None:
    """Change a recommendation.

    Only what is sent is changed. A stale version answers 409 with both texts.
    """
    found = requests.reading().get(Recommendation, recommendation_id)
    now = _readable(found, "recommendations", recommendation_id)
    kept = {name: now[name] for name in Wording.__dataclass_fields__}
    requests.run(
        save_recommendation,
        g.about,
        _wording(kept | body.sent()),
        recommendation_id=recommendation_id,
        version=body.version,
    )
    return _part("recommendations", recommendation_id)


@operation("POST", "/risks", PartOut, tag="reports", status=201, body=ReportRiskBody, problems=(403, 409))
def add_risk(body: ReportRiskBody, key: str) -> PartOut | None:
    """Add a risk.

    It becomes the last on the report's list, under its words on risk (BR-44).
    """
    _about_report(body.report_id)
    given = {n: getattr(body, n) for n in body.model_fields_set - {"report_id"}}
    made_id = requests.run(save_risk, body.report_id, RiskWording(**given), key=key)
    g.location = f"{BASE}/cases/{body.report_id}"
    return _part("risks", made_id)


@operation("PATCH", "/risks/{risk_id}", PartOut, tag="reports", body=ReportRiskPatch, problems=(403, 409))
def change_risk(risk_id: int, body: ReportRiskPatch) -> PartOut | None:
    """Change a risk.

    Only what is sent is changed. A stale version answers 409 with both texts.
    """
    now = _readable(requests.reading().get(Risk, risk_id), "risks", risk_id)
    kept = {name: now[name] for name in RiskWording.__dataclass_fields__}
    wording = RiskWording(**kept | body.sent())
    requests.run(save_risk, g.about, wording, risk_id=risk_id, version=body.version)
    return _part("risks", risk_id)


def _about_report(report_id: int) -> None:
    """Refuse a report that the caller may not know of, in the words of one that does not exist."""
    try:
        about(report_id, "report")
    except NotFound:
        raise Invalid({"report_id": "There is no such report that you may know of"}) from None


@operation("PATCH", "/sections/{section_id}", PartOut, tag="reports", body=SectionPatch, problems=(403, 409))
def change_section(section_id: int, body: SectionPatch) -> PartOut | None:
    """Write a section.

    A stale version answers 409 with both texts; nothing that was typed is lost.
    """
    now = _readable(requests.reading().get(Section, section_id), "sections", section_id)
    sent = body.sent()
    text = sent.get("text", now["text"])
    requests.run(edit_section, g.about, section_id, text, body.version, secrecy=sent.get("secrecy"))
    return _part("sections", section_id)


def _readable(row: Section | Recommendation | Risk | None, parts: str, part_id: int) -> dict[str, Any]:
    """A part of a report as the caller may read it. Raises NotFound for one that is secret to them, as for none."""
    if row is None:
        raise NotFound
    about(row.report_id, "report")
    found = _data_of(parts, part_id)
    if found is None:
        raise NotFound
    return found


def _data_of(parts: str, part_id: int) -> dict[str, Any] | None:
    case = as_it_stands()
    return next((p for p in case.data[parts] if p["id"] == part_id), None) if case else None


def _part(parts: str, part_id: int) -> PartOut | None:
    data = _data_of(parts, part_id)
    if data is None:
        return None
    links = {"report": f"{BASE}/cases/{g.about}", "self": f"{BASE}/{parts}/{part_id}"}
    return PartOut(id=part_id, report_id=g.about, version=data["version"], data=data, links=links)


def _wording(given: dict[str, Any]) -> Wording:
    """A recommendation as the command takes it; options as (text, suggested), whichever way they came."""
    options = given.pop("options", ())
    pairs = [(o["text"], o["is_suggested"]) if isinstance(o, dict) else (o.text, o.is_suggested) for o in options]
    return Wording(**given, options=tuple(pairs))
