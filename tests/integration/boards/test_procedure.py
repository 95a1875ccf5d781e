"""A body's rules: in plain words, refused where they make no sense, followed by what hangs on them (P-01 to P-11)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from commissioning.boards.commands import edit_rules
from commissioning.casework.errors import Invalid
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, Event, Message
from commissioning.models.reports import Report
from tests.support.council import MEETING_ON, Council
from tests.support.pages import site_of


def test_a_changed_rule_is_on_record_and_dates_follow_it(
    council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meeting Tue 3 Nov 2026: by 7 clear days it is published by Thu 22 Oct; a draft on the ladder moves."""
    body = council.body("Scrutiny", "committee")
    meeting = council.meeting(body)
    follows = council.report(meeting, [{}], state="drafting", draft_on=date(2026, 10, 9), title="By the ladder")
    own = council.report(meeting, [{}], state="drafting", draft_on=date(2026, 10, 12), title="By its author")

    for wrong, field in (({"clear_days": 366}, "clear_days"), ({"blocking_findings": "L04,L99"}, "blocking_findings"),
                         ({"quorum_divisor": 0}, "quorum_divisor"), ({"key_threshold_pence": -1},
                         "key_threshold_pence"), ({"name": "Other"}, "name")):  # fmt: skip
        with pytest.raises(Invalid) as why:
            council.run("clerk", edit_rules, body, wrong)
        assert set(why.value.errors) == {field}
    # What contradicts itself, whatever weekday it meets on; of its four members all vote.
    for wrong, field in (({"close_days": 5}, "close_days"), ({"clear_days": 9, "clear_day_rule": "not_sundays"},
                         "close_days"), ({"notice_days": 6}, "notice_days"), ({"quorum_minimum": 5},
                         "quorum_minimum")):  # fmt: skip
        with pytest.raises(Invalid) as why:
            council.run("clerk", edit_rules, body, {"remit": "Other"} | wrong)
        assert set(why.value.errors) == {field}
    assert council.read(lambda s: s.get_one(Body, body).remit) == ""
    with pytest.raises(Invalid, match="move it first"):
        council.run("clerk", edit_rules, body, {"clear_days": 40, "close_days": 41})

    council.run("clerk", edit_rules, body, {"clear_days": 7, "close_days": 9})
    row = council.read(lambda s: s.get_one(Meeting, meeting))
    assert (row.publish_on, row.papers_close_at.date()) == (date(2026, 10, 22), date(2026, 10, 21))
    assert council.read(lambda s: s.get_one(Report, follows).draft_on) == date(2026, 10, 7)
    assert council.read(lambda s: s.get_one(Report, own).draft_on) == date(2026, 10, 12)
    assert council.read(lambda s: s.get_one(Case, follows).due_on) == date(2026, 10, 7)
    assert council.events(body)[-1] == "body.edited"
    told = council.read(lambda s: s.scalars(select(Message.case_id).where(Message.about == "report_redated")).all())
    assert set(told) == {follows}, "only people whose dates move are told"
    assert "report.redated" in council.read(
        lambda s: s.scalars(select(Event.name).where(Event.case_id == follows)).all()
    )

    with site_of(council, engine_url, monkeypatch) as site:
        said = site.visitor("stranger").get(f"/boards/{body}/procedure").text
        assert "published 7 clear days before the meeting" in said
        assert "by 22 October 2026" in said
        assert "Members attend in person" in said  # P-25
        assert "Change remit and rules" not in said
        assert site.visitor("stranger").get(f"/boards/{body}/rules").status == 404
        clerk = site.visitor("clerk")
        assert (
            clerk.fill(f"/boards/{body}/rules", blocking_findings=["L02", "L04"], key_threshold_pence="x").status == 422
        )
        assert clerk.fill(f"/boards/{body}/rules", blocking_findings=["L02", "L04"], notice_days="28").status == 303
        assert "A deadline falls before the deciding meeting" in clerk.get(f"/boards/{body}/procedure").text
    assert council.read(lambda s: s.get_one(Body, body).blocking_findings) == "L02,L04"
    assert council.read(lambda s: s.get_one(Meeting, meeting).meeting_on) == MEETING_ON
