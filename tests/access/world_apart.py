"""Things of a kind that stand apart from the others of it: a rule which forgets which one it is about shows by them.

Here: a duplication that one unit alone claims, an output of a cycle that is still a draft, interests that take nobody
out of any other paper, a membership that has not begun. Not here: who may know of them; that is `expected`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.duplications.commands import NewDuplication, create_duplication
from commissioning.models.bodies import AgendaItem, Interest, Membership
from commissioning.models.cycles import CycleOutput
from tests.support.council import NOW, Council
from tests.support.unit_world import UnitWorld


def fill_apart(world: UnitWorld, council: Council, draft: int) -> None:
    """Make them; `draft` is a paper of which no member of a body knows yet."""
    _claim_alone(world, council)
    council.write(lambda s: _output_of_a_draft(s, world, council))
    council.write(lambda s: _interests(s, council, draft))
    council.write(lambda s: _next_year(s, council))


def _claim_alone(world: UnitWorld, council: Council) -> None:
    """A duplication between unit 1 and one that is being set up, which has the same head; unit 2 is not told."""
    units = (world.ids["unit", 1][0], world.ids["newcomer", 1][0])
    new = NewDuplication(world.word("alone", 1), units, council.posts["director_post"])
    world.ids["duplication", 1] = [int(council.run("carla", create_duplication, new))]


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
