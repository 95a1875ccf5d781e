"""Deadlines that others set for what a paper asks: those who answer for it are reminded (LI-10, LI-13, LI-14)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, update

from commissioning.db import in_transaction
from commissioning.models.cases import Case, Message
from commissioning.models.reports import Recommendation
from commissioning.reports.commands import Wording, save_recommendation
from commissioning.reports.reminding_deadlines import list_ahead, remind_of_deadlines
from tests.integration.meetings.scenes import decide, published
from tests.integration.reports.world import Papers

WROTE, ALL = ["author", "sponsor"], ["author", "clerk", "sponsor"]


def reminded(papers: Papers, month: int, day: int, hour: int = 12) -> tuple[list[str], str]:
    """Who is told on a day, by two ticks, and in which words."""
    council = papers.council
    council.at(date(2026, month, day), hour)
    for _ in range(2):
        in_transaction(council.engine, remind_of_deadlines, council.now)
    query = select(Message.person_id, Message.subject, Message.text, Message.why).where(
        Message.about == "deadline_due", Message.channel == "in_app", Message.made_at == council.now
    )
    rows = council.read(lambda s: s.execute(query).all())
    names = {person: name for name, person in council.people.items()}
    return sorted(names[r.person_id] for r in rows), " ".join(f"{r.subject} {r.text} {r.why}" for r in rows)


def foreseen(papers: Papers) -> list[tuple[date, str, tuple[str, ...]]]:
    """What the forecast says of it now."""
    council = papers.council
    found = council.read(lambda s: list(list_ahead(s, council.now, date(2026, 12, 24))))
    return [(f.on, f.rule, f.roles) for f in found]


def change(papers: Papers, of: Any, **values: Any) -> None:
    """Set a scene past the commands."""
    where = (Case.kind == "report",) if of is Case else ()
    papers.council.write(lambda s: s.execute(update(of).where(*where).values(**values)))


def test_li10_li14_author_and_sponsor_then_the_clerk_are_told_before_a_deadline_from_outside(papers: Papers) -> None:
    """LI-10, LI-13: 10, 5 and 1 working days before and on the day, each once; LI-14: that the meeting is too late; of
    what is withheld neither words nor title."""
    report = papers.draft()
    papers.ask("That the Cabinet approves Canary", deadline_on=date(2026, 10, 30))
    days = [date(2026, 10, d) for d in (16, 23, 29, 30)]
    rules = [f"deadline_due{n}" for n in ("-10", "-5", "-1", "+0")]
    assert foreseen(papers) == [(on, rule, ("author", "sponsor")) for on, rule in zip(days, rules, strict=True)]
    assert reminded(papers, 10, 15)[0] == []
    assert reminded(papers, 10, 16, hour=5)[0] == [], "not in the night"
    who, words = reminded(papers, 10, 16)
    assert (who, reminded(papers, 10, 19)[0]) == (WROTE, [])
    assert "for recommendation 2 is on 30 October 2026. It is to be decided on 3 November 2026, which is too" in words
    assert "10, 5 and 1 working days before" in words
    short = {"short_notice_reason": "The grant closes"}
    papers.council.step("author", report, "request_clearance", fields=short)
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    papers.council.step("sponsor", report, "submit")
    change(papers, Case, title="Canary", secrecy="exempt", restricted=True)
    change(papers, Recommendation, secrecy="exempt")
    papers.council.at(date(2026, 10, 26))
    assert foreseen(papers) == [
        (on, rule, ("author", "sponsor", "clerk"))
        for on, rule in zip([date(2026, 10, 26), *days[2:]], rules[1:], strict=True)
    ], "of what was missed, the newest"
    told = [reminded(papers, 10, d) for d in (26, 28, 29, 30, 31)]
    assert [who for who, _ in told] == [ALL, [], ALL, ALL, []]
    assert "is today, 30 October 2026" in told[3][1]
    assert "Canary" not in " ".join(words for _, words in told)
    assert papers.council.events(report).count("report.deadline_due") == 4
    assert foreseen(papers) == []


def test_li13_a_deadline_stays_theirs_after_a_decision_unless_it_is_to_reject(papers: Papers) -> None:
    """LI-10, LI-13: what is agreed must reach whoever set the day; what is rejected or withdrawn owes nobody anything;
    the clerk as long as something due that day is not decided; a withdrawn paper never."""
    council = papers.council
    due = (20, 20, 20, 24, 24, 26)
    asked = [{"deadline_on": date(2026, 11, d)} for d in due]
    meeting, report, item = published(council, council.body("Panel"), asked)
    assert {f[2] for f in foreseen(papers)} == {("author", "sponsor", "clerk")}
    decide(council, meeting, report, item, "agreed", "rejected", "withdrawn", "agreed", "deferred", "rejected")
    who, words = reminded(papers, 11, 6)
    assert (who, "recommendation 1 is on 20 November 2026. The decision is made" in words) == (WROTE, True)
    who, words = reminded(papers, 11, 10)
    assert (who, "recommendations 4, 5 is on" in words, "It is not decided yet" in words) == (ALL, True, True)
    assert {f[0] for f in foreseen(papers)} == {date(2026, 11, d) for d in (13, 17, 19, 20, 23, 24)}
    assert reminded(papers, 11, 12)[0] == [], "of 26 November, which was rejected, nobody is told"
    change(papers, Case, state="closed", is_done=True)
    assert reminded(papers, 11, 17)[0] == sorted(WROTE * 2)
    change(papers, Case, state="withdrawn")
    assert (foreseen(papers), reminded(papers, 11, 20)[0]) == ([], [])


def test_a_deadline_is_told_of_late_after_a_standstill_and_anew_when_it_is_moved(papers: Papers) -> None:
    """LI-10: nothing is lost while the service stands still, and nothing is told of a day that is written when it is
    over."""
    council = papers.council
    report = papers.draft()
    row = papers.ask("That we reply", deadline_on=date(2026, 10, 7))

    def write(day: int) -> None:
        wording = Wording("approve", "That we reply", deadline_on=date(2026, 10, day))
        council.run("author", save_recommendation, report, wording, recommendation_id=row)

    assert reminded(papers, 10, 1)[0] == WROTE, "once for the two that were missed"
    assert (reminded(papers, 10, 9)[0], reminded(papers, 10, 12)[0]) == (WROTE, [])
    write(11)
    assert (foreseen(papers), reminded(papers, 10, 12, hour=13)[0]) == ([], [])
    write(14)
    assert reminded(papers, 10, 12, hour=14)[0] == WROTE
    assert reminded(papers, 10, 22)[0] == [], "a week and a day later"
