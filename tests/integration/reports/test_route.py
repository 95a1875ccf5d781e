"""Clerks of the bodies in a report's route: all of them may read its draft, one of them takes its steps (BR-42, LI-03).

On both engines.
"""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from commissioning.boards.commands import NewBody, create_body
from commissioning.casework.errors import Forbidden, NotFound
from commissioning.models.cases import CaseRole
from commissioning.models.people import Post, PostHolding
from commissioning.reports.commands import change_meeting, create_report
from commissioning.reports.correcting import correct_passage
from commissioning.reports.queries import get_report
from commissioning.reports.sign_offs import record_elsewhere
from tests.integration.reports.world import Papers
from tests.support.council import NOW


@pytest.fixture
def routed(papers: Papers) -> Papers:
    """The Harbour Board, whose clerk is stranger, decides what Cabinet, whose clerk is clerk, considers first."""
    c = papers.council

    def posts(session: object) -> None:
        for code, who in (("harbour_clerk", "stranger"), ("harbour_chair", "dan")):
            post = Post(code=code, name=code.replace("_", " ").capitalize())
            session.add(post)
            session.flush()
            c.posts[code] = post.id
            row = {"post_id": post.id, "person_id": c.people[who], "from_on": NOW.date()}
            session.execute(insert(PostHolding).values(**row))

    c.write(posts)
    harbour = c.run(
        "admin", create_body, NewBody("Harbour", "committee", c.posts["harbour_clerk"], c.posts["harbour_chair"])
    )
    papers.report = c.run("author", create_report, "Short breaks", papers.meeting, route=[(harbour, True)])
    return papers


def parts(papers: Papers) -> set[tuple[str, int]]:
    """Which post is what officer in the report."""
    query = select(CaseRole.role, CaseRole.post_id).where(CaseRole.case_id == papers.report, CaseRole.post_id > 0)
    return {(r.role, r.post_id) for r in papers.council.read(lambda s: s.execute(query).all())}


def test_the_clerk_of_a_later_body_reads_the_draft(routed: Papers) -> None:
    c = routed.council
    assert c.read(lambda s: get_report(s, c.actor("stranger", s), routed.report, c.now)).has_part
    assert c.read(lambda s: get_report(s, c.actor("clerk", s), routed.report, c.now)).has_part
    with pytest.raises(NotFound):
        c.read(lambda s: get_report(s, c.actor("dan", s), routed.report, c.now))


def test_only_the_clerk_of_the_body_that_it_is_at_takes_a_step(papers: Papers, routed: Papers) -> None:
    c = papers.council
    draft = papers.report
    assert parts(papers) == {
        ("clerk", c.posts["clerk"]),
        ("chair", c.posts["chair"]),
        ("other_clerk", c.posts["harbour_clerk"]),
        ("other_chair", c.posts["harbour_chair"]),
    }
    recorded = (1, c.people["lena"], "cleared", "", "E-mail", c.now)
    for command, given in ((record_elsewhere, recorded), (correct_passage, ("section-1", "x", "y", None))):
        with pytest.raises(Forbidden):
            c.run("stranger", command, draft, *given)
    papers.draft()
    _same_route(papers, draft)
    c.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    c.step("sponsor", papers.report, "submit")
    for step, more in (("put_on_agenda", {}), ("send_back", {"reason": "Wrong body"})):
        with pytest.raises(Forbidden):
            c.step("stranger", papers.report, step, **more)
    c.step("clerk", papers.report, "put_on_agenda")


def _same_route(papers: Papers, draft: int) -> None:
    """Send the written report along the same route as the draft."""
    from commissioning.models.reports import RouteStop

    query = (
        select(RouteStop.body_id, RouteStop.decides).where(RouteStop.report_id == draft).order_by(RouteStop.position)
    )
    route = [(r.body_id, r.decides) for r in papers.council.read(lambda s: s.execute(query).all())]
    papers.council.run("author", change_meeting, papers.report, papers.meeting, route=route)
    assert ("other_clerk", papers.council.posts["harbour_clerk"]) in parts(papers)


def test_another_meeting_leaves_no_officer_behind(routed: Papers) -> None:
    c = routed.council
    c.run("author", change_meeting, routed.report, routed.meeting)
    assert parts(routed) == {("clerk", c.posts["clerk"]), ("chair", c.posts["chair"])}
