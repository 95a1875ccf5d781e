"""The sections that a body's reports begin with, changed by its clerk or an administrator; on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from commissioning.boards.queries import list_section_templates
from commissioning.boards.sections import SectionInput, move_section, remove_section, save_section
from commissioning.casework.errors import Forbidden, Invalid, NotFound, Stale
from commissioning.models.bodies import SectionTemplate
from commissioning.models.cases import Case, Event
from commissioning.models.people import Grant
from commissioning.models.reports import Section
from commissioning.reports.commands import create_report
from tests.support.council import NOW, Council
from tests.support.pages import Site, site_of, two_windows


@pytest.fixture
def body(council: Council) -> int:
    return council.body(kind="partnership")


def headings(council: Council, body: int) -> list[str]:
    return [s.heading for s in council.read(lambda s: list_section_templates(s, body))]


def row(council: Council, body: int, heading: str) -> SectionTemplate:
    query = select(SectionTemplate).where(SectionTemplate.body_id == body, SectionTemplate.heading == heading)
    found: SectionTemplate = council.read(lambda s: s.scalars(query).one())
    return found


def test_clerk_and_administrator_add_change_move_and_take_out(council: Council, body: int) -> None:
    council.run("clerk", save_section, body, SectionInput("Health", "implication", "hr", "How does it help?"))
    made = row(council, body, "Health")
    assert (made.key, made.kind, made.speciality, made.is_required) == ("health", "implication", "hr", True)
    council.run("admin", save_section, body, SectionInput("Health and care"), section_id=made.id)
    changed = row(council, body, "Health and care")
    assert (changed.key, changed.kind, changed.speciality) == ("health", "section", None)
    council.run("clerk", move_section, body, made.id, 1)
    assert headings(council, body)[0] == "Health and care"
    council.run("clerk", remove_section, body, made.id)
    assert "Health and care" not in headings(council, body)


def test_running_reports_keep_theirs_and_new_ones_begin_with_the_new(council: Council, body: int) -> None:
    council.write(lambda s: s.add(Grant(person_id=council.people["author"], role="officer", from_on=NOW.date())))
    meeting = council.meeting(body)
    before = council.run("author", create_report, "First", meeting)
    council.run("clerk", save_section, body, SectionInput("Health"))
    council.run("clerk", remove_section, body, row(council, body, "Summary").id)
    after = council.run("author", create_report, "Second", meeting)

    def sections(report: int) -> set[str]:
        query = select(Section.heading).where(Section.report_id == report)
        return set(council.read(lambda s: s.scalars(query).all()))

    assert {"Summary", "Health"} & sections(before) == {"Summary"}
    assert {"Summary", "Health"} & sections(after) == {"Health"}


def test_every_change_is_on_record(council: Council, body: int) -> None:
    council.run("clerk", save_section, body, SectionInput("Health"))
    council.run("clerk", save_section, body, SectionInput("Care"), section_id=row(council, body, "Health").id)
    query = select(Event.body).where(Event.case_id == body, Event.name == "body.sections_changed").order_by(Event.seq)
    changes = [json.loads(b)["changes"] for b in council.read(lambda s: s.scalars(query).all())]
    assert changes == [{"heading": [None, "Health"]}, {"Health: heading": ["Health", "Care"]}]


def test_the_recommendations_have_one_place(council: Council, body: int) -> None:
    place = SectionInput("Recommendations", "recommendations")
    council.run("clerk", save_section, body, place)
    made = row(council, body, "Recommendations")
    assert (made.key, made.is_required) == ("recommendations", False)
    with pytest.raises(Invalid):
        council.run("clerk", save_section, body, SectionInput("Asks", "recommendations"))
    with pytest.raises(Invalid):
        council.run("clerk", save_section, body, SectionInput("Recommendations"), section_id=made.id)


@pytest.mark.parametrize(
    "given",
    [
        SectionInput(" "),
        SectionInput("summary"),
        SectionInput("x" * 201),
        SectionInput("Health", "chapter"),
        SectionInput("Health", "implication", "astrology"),
        SectionInput("Health", hint="x" * 1001),
    ],
)
def test_what_is_refused(council: Council, body: int, given: SectionInput) -> None:
    with pytest.raises(Invalid):
        council.run("clerk", save_section, body, given)


def test_who_may_and_whose(council: Council, body: int) -> None:
    other = council.body("Other board", "committee")
    section = row(council, body, "Summary").id
    for who in ("ann", "author", "chair"):
        with pytest.raises(Forbidden):
            council.run(who, save_section, body, SectionInput("Health"))
    for command, more in ((remove_section, ()), (move_section, (1,))):
        with pytest.raises(NotFound):
            council.run("clerk", command, other, section, *more)


def test_two_editors(council: Council, body: int) -> None:
    seen = council.read(lambda s: s.get_one(Case, body).chain_seq)
    council.run("clerk", save_section, body, SectionInput("Health"), seen=seen)
    with pytest.raises(Stale):
        council.run("admin", save_section, body, SectionInput("Care"), seen=seen)


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def test_the_pages(site: Site, body: int) -> None:
    clerk, top = site.visitor("clerk"), f"/boards/{body}/sections"
    assert f'href="{top}"' in clerk.get(f"/boards/{body}").html
    page = clerk.fill(f"{top}/new", heading="", kind="implication")
    assert page.status == 422
    page = clerk.fill(f"{top}/new", heading="Health", kind="implication", speciality="hr")
    assert page.status == 303
    shown = clerk.get(top)
    assert "Signed off by: Human resources." in shown.text
    assert "Add a heading" in shown.text
    reader = site.visitor("ann")
    assert "Health" in reader.get(top).text
    assert "Add a heading" not in reader.get(top).text
    assert reader.get(f"{top}/new").status == 404
    clash = two_windows(clerk, f"/boards/{body}/rules", {"clear_days": "4"}, remit="Roads")
    assert "“4” is what is saved now" in clash.text
