"""Contributors come and go; who has written in a report stays barred from signing it; on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.models.cases import CaseRole, Event
from commissioning.reports.commands import name_contributor, name_sponsor, remove_contributor
from commissioning.reports.queries import get_report
from commissioning.reports.sign_offs import answer_question, ask_question
from tests.integration.reports.test_pages import SignIn, sign_in
from tests.integration.reports.world import Papers

__all__ = ["sign_in"]
WHY = "Moved to another service"


def remove(papers: Papers, name: str, who: str = "author", reason: str = WHY) -> None:
    """Remove a contributor."""
    papers.council.run(who, remove_contributor, papers.report, papers.council.people[name], reason)


def roles(papers: Papers, name: str) -> list[str]:
    """What somebody is in the report."""
    query = select(CaseRole.role).where(
        CaseRole.case_id == papers.report, CaseRole.person_id == papers.council.people[name]
    )
    return list(papers.council.read(lambda s: s.scalars(query).all()))


@pytest.fixture
def contributing(papers: Papers) -> Papers:
    """A draft in which lou of Legal and olga contribute."""
    papers.draft()
    for name in ("lou", "olga"):
        papers.council.run("author", name_contributor, papers.report, papers.council.people[name])
    return papers


def test_who_has_written_stays_barred_from_signing(contributing: Papers) -> None:
    contributing.write("background", "Changed by Lou. See Appendix A.", who="lou")
    remove(contributing, "lou")
    assert roles(contributing, "lou") == ["past_writer"]
    contributing.council.step("author", contributing.report, "request_clearance")
    with pytest.raises(Forbidden) as refused:
        contributing.sign("lou", "legal")
    assert [r.code for r in refused.value.reasons] == ["own_work"]
    assert "an earlier writer" in refused.value.reasons[0].text


def test_the_database_refuses_the_signature_as_well(contributing: Papers) -> None:
    contributing.write("background", "Changed by Lou. See Appendix A.", who="lou")
    remove(contributing, "lou")
    lou = contributing.council.people["lou"]

    def sign(session: Any) -> None:
        row = session.merge(contributing.sign_off("legal"))
        row.outcome, row.signed_by_id, row.signed_at = "cleared", lou, contributing.council.now
        row.content, row.content_sha256 = "x", "x"
        session.flush()

    with pytest.raises(IntegrityError):
        contributing.council.write(sign)


def test_who_never_wrote_may_sign_after_all(contributing: Papers) -> None:
    remove(contributing, "lou")
    assert roles(contributing, "lou") == []
    contributing.council.step("author", contributing.report, "request_clearance")
    contributing.sign("lou", "legal")


def test_a_removed_contributor_writes_and_sees_no_more(contributing: Papers) -> None:
    c = contributing.council
    contributing.write("background", "Changed by Olga. See Appendix A.", who="olga")
    remove(contributing, "olga")
    with pytest.raises(Forbidden):
        contributing.write("background", "Changed again.", who="olga")
    with pytest.raises(NotFound):
        c.read(lambda s: get_report(s, c.actor("olga", s), contributing.report, c.now))


def test_who_has_written_cannot_sponsor_it_and_may_be_named_again(contributing: Papers) -> None:
    c = contributing.council
    contributing.write("background", "Changed by Olga. See Appendix A.", who="olga")
    remove(contributing, "olga")
    with pytest.raises(Invalid):
        c.run("author", name_sponsor, contributing.report, c.people["olga"])
    c.run("author", name_contributor, contributing.report, c.people["olga"])
    assert roles(contributing, "olga") == ["contributor"]


def test_the_reason_is_in_the_record(contributing: Papers) -> None:
    with pytest.raises(Invalid):
        remove(contributing, "olga", reason=" ")
    remove(contributing, "olga")
    query = select(Event.body).where(Event.name == "report.contributor_removed")
    body = contributing.council.read(lambda s: s.scalars(query).one())
    assert WHY in body
    assert "Olga" in body


def test_only_the_author_removes_and_only_contributors(contributing: Papers) -> None:
    with pytest.raises(Forbidden):
        remove(contributing, "olga", who="lou")
    with pytest.raises(NotFound):
        remove(contributing, "author")


def test_an_open_question_is_answered_first(contributing: Papers) -> None:
    c = contributing.council
    c.step("author", contributing.report, "request_clearance")
    sign_off = contributing.sign_off("finance").id
    asked = c.run("fin", ask_question, contributing.report, sign_off, c.people["olga"], "How much a year?")
    with pytest.raises(Invalid):
        remove(contributing, "olga")
    c.run("olga", answer_question, contributing.report, asked, "As it says.")
    remove(contributing, "olga")


def test_the_pages(contributing: Papers, sign_in: SignIn) -> None:
    client = sign_in("author")
    top = f"/reports/{contributing.report}"
    path = f"{top}/contributors/{contributing.council.people['olga']}/remove"
    assert path in client.get(f"{top}/people").get_data(as_text=True)
    page = client.get(path).get_data(as_text=True)
    values = {
        "csrf_token": page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0],
        "idempotency_key": page.split('name="idempotency_key" value="', 1)[1].split('"', 1)[0],
    }
    assert client.post(path, data=values | {"reason": ""}).status_code == 422
    assert client.post(path, data=values | {"reason": WHY}).status_code == 303
    assert client.get(path).status_code == 404
