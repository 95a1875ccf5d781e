"""Things of a kind that stand apart from the others of it: a rule which forgets which one it is about shows by them.

Here: a duplication that one unit alone claims, an output of a cycle that is still a draft, interests that take nobody
out of any other paper, a membership that has not begun, a draft on its way to another body and back from whoever was
to decide it alone, somebody who gave up their part, a meeting that hears no paper, minutes that are drafts and
minutes of a body that does not meet in public, actions whose body is open to all and they are not. Not here: who may
know of them; that is `expected`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.duplications.commands import NewDuplication, create_duplication
from commissioning.models.bodies import Action, AgendaItem, Interest, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.cycles import CycleOutput
from commissioning.models.library import Assessment, Checklist
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.models.reports import RouteStop
from commissioning.models.units import Claimant
from tests.support.council import MEETING_ON, NOW, Council
from tests.support.unit_world import UnitWorld

if TYPE_CHECKING:
    from tests.access.world import Paper


def fill_apart(world: UnitWorld, council: Council, papers: Sequence[Paper], bodies: tuple[int, int, int]) -> None:
    """Make them; the bodies are one that meets in public, one that does not, and one that hears no paper."""
    cabinet, officers, elsewhere = bodies
    draft = next(p.id for p in papers if p.exposure == "draft" and p.is_public_body)
    private = next(p.id for p in papers if p.exposure == "shared" and not p.is_public_body)
    secret = next(p.decided["secret"][0] for p in papers if p.is_public)
    _claim_alone(world, council)
    council.write(lambda s: _output_of_a_draft(s, world, council))
    council.write(lambda s: _interests(s, council, draft))
    council.write(lambda s: _next_year(s, council))
    council.write(lambda s: _on_its_way(s, council, draft, elsewhere))
    council.write(lambda s: s.add(_role(council, private, "past_writer", "former_member")))
    empty = council.meeting(officers, MEETING_ON + timedelta(days=28))
    world.ids["meeting_empty", 0] = [empty]
    council.write(lambda s: _minutes(s, world, cabinet, empty))
    about = {
        "action_secret": {"body_id": cabinet, "decision_id": secret},
        "action_unit": {"body_id": cabinet, "unit_id": world.ids["unit", 1][0]},
        "action_private": {"body_id": officers},
    }
    for what, of in about.items():
        world.ids[what, 0] = [council.write(lambda s, of=of: _action(s, council, **of))]
    council.write(lambda s: _returned(s, world, council))
    world.ids["round_done", 0] = [council.write(lambda s: _finished(s, council))]


def _minutes(session: Session, world: UnitWorld, cabinet: int, empty: int) -> None:
    """A draft of a body that meets in public, and minutes of one that does not, which are approved."""
    (drafted,) = session.scalars(select(Meeting.case_id).where(Meeting.body_id == cabinet))
    for meeting, whose in ((drafted, "minutes_draft"), (empty, "minutes_private")):
        text = f"It was said: {world.word('spoken' + whose, 0, whose)}"
        session.execute(update(Meeting).where(Meeting.case_id == meeting).values(minutes=text))
        world.ids[whose, 0] = [meeting]
    session.execute(update(Case).where(Case.id == empty).values(state="minutes_approved", exposure="published"))


def _claim_alone(world: UnitWorld, council: Council) -> None:
    """A duplication between unit 1 and one that is being set up, which has the same head; unit 2 is not told."""
    units = (world.ids["unit", 1][0], world.ids["newcomer", 1][0])
    new = NewDuplication(world.word("alone", 1), units, council.posts["director_post"])
    world.ids["duplication", 1] = [int(council.run("carla", create_duplication, new))]
    council.write(lambda s: _spoken_for(s, world, council))


def _spoken_for(session: Session, world: UnitWorld, council: Council) -> None:
    """The leader of both units speaks for one of them in it, and so reads of neither what it says."""
    (case_id,) = world.ids["duplication", 1]
    its = Claimant.duplication_id == case_id, Claimant.unit_id == world.ids["newcomer", 1][0]
    session.execute(update(Claimant).where(*its).values(statement="zqspokenfor"))
    session.add(_role(council, case_id, "claimant", "leo"))


def _output_of_a_draft(session: Session, world: UnitWorld, council: Council) -> None:
    (cycle,) = world.ids["cycle_draft", 0]
    title = world.word("early", 0, "cycle_draft")
    new = NewCase(
        "cycle_output", title, "An output", scope=f"cycle:{cycle}",
        roles=[
            ("owner", council.people["leo"], None, None), ("lead", council.people["leo"], None, None),
            ("commissioner", None, council.posts["team"], None),
        ],
        facts=lambda i: [
            CycleOutput(
                case_id=i, cycle_id=cycle, stage="assess", position=1, title=title, is_required=True,
                output_due_on=council.now.date(),
            )
        ],
    )  # fmt: skip
    actor = council.actor("carla", session)
    world.ids["output_draft", 0] = [create(session, actor, new, now=council.now)]


def _interests(session: Session, council: Council, draft: int) -> None:
    """The member declared one in the draft, whose line was taken off again; the chair has a dispensation for each."""
    session.add(_interest(fresh_id(), draft, council.people["member"]))
    for line, report in session.execute(select(AgendaItem.case_id, AgendaItem.report_id)):
        session.add(_interest(line, report, council.people["chair"], "Granted by the monitoring officer"))


def _returned(session: Session, world: UnitWorld, council: Council) -> None:
    """What two partners returned, published: by one for a plan that everybody reads, by the other for a draft."""
    known = session.scalars(select(PartnerRequest)).one()
    asked = PartnerRequest(
        id=fresh_id(), plan_id=world.ids["plan_draft", 0][0], kind="spend", first_on=known.first_on, every_months=12,
        due_working_days=30,
    )  # fmt: skip
    session.add(asked)
    session.flush()
    for number, request in ((1, known.id), (2, asked.id)):
        facts = {"request_id": request, "unit_id": world.ids["partner", number][0], "period_on": date(2027, 4, 1)}
        new = NewCase(
            "partner_return", "A return", "A return", state="published",
            facts=lambda i, facts=facts: [PartnerReturn(case_id=i, partner_due_on=date(2027, 5, 1), **facts)],
        )  # fmt: skip
        made = create(session, council.actor("carla", session), new, now=council.now)
        world.ids["returned", number] = [made]


def _finished(session: Session, council: Council) -> int:
    """A round of self-assessment of the council itself that is finished."""
    row = Assessment(
        id=fresh_id(), plan_id=None, checklist_id=session.scalars(select(Checklist.id)).first(), held_on=NOW.date(),
        assessed_by="The partnership", finished_at=NOW, finished_by_id=council.people["carla"],
    )  # fmt: skip
    session.add(row)
    return row.id


def _next_year(session: Session, council: Council) -> None:
    """A member of another body joins those of the papers next year: until then nothing of theirs is open to them."""
    who = council.people["member_of_another_body"]
    left = select(Membership.body_id).where(Membership.person_id == council.people["former_member"])
    session.add_all(
        Membership(body_id=body_id, person_id=who, organisation="", is_voting=True, from_on=date(2027, 1, 1))
        for body_id in session.scalars(left).all()
    )


def _interest(line: int, report: int | None, person: int, dispensation: str = "") -> Interest:
    return Interest(
        id=fresh_id(), line_id=line, report_id=report, person_id=person, nature="employer", dispensation=dispensation,
        declared_at=NOW,
    )  # fmt: skip


def _on_its_way(session: Session, council: Council, draft: int, elsewhere: int) -> None:
    """The draft goes to another body first, and came back from an officer who was to decide it without a meeting: the
    one knows of no paper for that, and the other of none that is a draft."""
    session.add(RouteStop(report_id=draft, body_id=elsewhere, position=2, decides=False))
    session.add(_role(council, draft, "decider", "officer"))


def _role(council: Council, case_id: int, role: str, who: str) -> CaseRole:
    return CaseRole(id=fresh_id(), case_id=case_id, role=role, person_id=council.people[who])


def _action(session: Session, council: Council, **of: int) -> int:
    """An action of a body that meets in public, and of something that is not everybody's."""
    new = NewCase(
        "action", "An action", "An action", roles=[("clerk", None, council.posts["clerk"], None)],
        facts=lambda i: [Action(case_id=i, text="Do it", **of)],
    )  # fmt: skip
    return create(session, council.actor("clerk", session), new, now=NOW)
