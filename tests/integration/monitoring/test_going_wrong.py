"""What is going wrong: a late return from the first of its days to the day it leaves the list; the mail of Mondays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, select

from commissioning.models.cases import Message
from commissioning.models.people import Grant
from commissioning.overview.commands import note_concerns, send_overview
from commissioning.overview.queries import Overview, get_overview
from tests.support.pages import Site
from tests.support.returns import Month
from tests.support.units import Town

FRIDAY = datetime(2026, 5, 15, 9, 0, tzinfo=UTC)
"""The day after April's return was due."""
MONDAY = date(2026, 5, 18)
SIX, SEVEN = datetime(2026, 5, 18, 5, 59, tzinfo=UTC), datetime(2026, 5, 18, 6, 0, tzinfo=UTC)
"""One minute to seven, and seven, on the Monday: London is an hour ahead."""


def seen_by(town: Town, who: str) -> Overview:
    """The page of somebody."""
    found: Overview = town.read(lambda s: get_overview(s, town.actor(who, s), town.now))
    return found


def lines(found: Overview) -> list[tuple[str, str, date, date, str]]:
    """What the page says of each thing."""
    return [(x.code, x.what, x.since_on, x.act_on, x.holder) for x in found.lines]


def mails(town: Town) -> list[Any]:
    """Messages of Mondays."""
    return list(town.read(lambda s: s.scalars(select(Message).where(Message.about == "overview")).all()))


def test_a_late_return_stands_on_the_list_until_it_is_submitted(month: Month, site: Site) -> None:
    town = month.town
    assert not seen_by(town, "carla").lines
    town.now = FRIDAY
    late = (
        "late_return",
        "The return for April 2026 is late",
        date(2026, 5, 14),
        date(2026, 5, 19),
        "Head of Attendance",
    )
    assert lines(seen_by(town, "carla")) == [late]
    assert lines(seen_by(town, "hugo")) == [], "another unit's is not his"
    page = site.visitor("carla").get("/overview")
    for words in ("is late", "Tue 19 May 2026", "If nobody acts: Its meeting has no figures"):
        assert words in page.text, words
    assert f"/cases/{month.id}/ask/" in page.html
    ask = "Ask Head of Attendance how it stands"
    assert ask in site.visitor("carla").get(f"/returns/{month.id}").text, "every waiting line has Ask"
    assert ask not in site.visitor("heidi").get(f"/returns/{month.id}").text, "it waits for her"
    assert site.visitor("heidi").get("/overview").status == 404, "for directors, lead members, commissioners"

    assert town.write(lambda s: note_concerns(s, town.now)) == 1
    assert town.write(lambda s: note_concerns(s, town.now)) == 0, "noted once"
    month.submit()
    assert lines(seen_by(town, "carla")) == []
    town.write(lambda s: note_concerns(s, town.now))
    (left,) = seen_by(town, "carla").left
    assert (left.code, left.since_on, left.left_on) == ("late_return", date(2026, 5, 14), FRIDAY.date())
    assert seen_by(town, "hugo").left == []
    assert "off it on Fri 15 May 2026" in site.visitor("carla").get("/overview").text
    town.now = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
    assert seen_by(town, "carla").left == [], "a week later it is history"


def test_on_mondays_at_seven_each_reader_has_one_mail_of_what_they_may_see(month: Month) -> None:
    town = month.town
    lead_member = {"role": "lead_member", "scope_kind": "organisation", "from_on": date(2026, 1, 1)}
    town.write(lambda s: s.execute(insert(Grant).values(person_id=town.people["hugo"], **lead_member)))
    assert town.write(lambda s: send_overview(s, SIX)) == 0
    assert mails(town) == []
    town.now = SEVEN
    assert town.write(lambda s: send_overview(s, SEVEN)) > 0
    assert town.write(lambda s: send_overview(s, SEVEN)) == 0, "once"
    by_name = {
        name: [m for m in mails(town) if m.person_id == town.people[name]] for name in ("carla", "hugo", "heidi")
    }
    assert sorted(m.channel for m in by_name["carla"]) == ["email", "in_app"]
    assert by_name["carla"][0].subject == "1 thing is going wrong today"
    assert "Return of Attendance, April 2026" in by_name["carla"][0].text
    assert "Last day to act: 19 May 2026" in by_name["carla"][0].text
    assert by_name["hugo"][0].subject == "Nothing is going wrong today"
    assert "Attendance" not in by_name["hugo"][0].text
    assert by_name["heidi"] == []
