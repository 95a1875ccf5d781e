"""A small council with business units for tests: a unit, its leaders, a year with money, a specification in force.

Here: a world made through the product's own commands. It stands on `council`, whose people it knows too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from commissioning.models.people import Grant, Person, Post, PostHolding
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.money.commands import NewYear, create_year, set_baselines, take_saving
from commissioning.specifications.commands import OutcomeInput, SpecInput, create_specification, write_outcomes
from commissioning.units.commands import NewUnit, create_unit
from tests.support.council import Council, make_council
from tests.support.kept import made_once

START = date(2026, 4, 1)
END = date(2027, 3, 31)
SPRING = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
"""A Thursday, the second day of the financial year."""

HOLDERS = {
    "head": "Head of Attendance",
    "head_two": "Head of the Study Centre",
    "leader": "Strategy Leader, Inclusion",
    "finance_leader": "Strategy Leader of Finance",
    "team": "Commissioning Team",
    "director_post": "Director of Children’s Services",
    "finance_team": "Finance Unit",
}
"""Posts by code; each is held by the person of that name below."""
WHO = {
    "head": "heidi",
    "head_two": "hugo",
    "leader": "leo",
    "finance_leader": "fay",
    "team": "carla",
    "director_post": "director",
    "finance_team": "finn",
}
PEOPLE = ("heidi", "hugo", "leo", "fay", "carla", "finn", "helper", "audrey")


class Town(Council):
    """The council with units."""

    def unit(self, name: str = "Attendance", head: str = "head", **more: Any) -> int:
        """A business unit, live unless told otherwise."""
        more.setdefault("is_live", True)
        posts = {
            "strategy_post_id": self.posts["leader"],
            "finance_post_id": self.posts["finance_leader"],
            "commissioner_post_id": self.posts["team"],
            "director_post_id": self.posts["director_post"],
        }
        new = NewUnit(name, more.pop("kind", "business"), head_post_id=self.posts[head], **(posts | more))
        return int(self.run("carla", create_unit, new))

    def year(self, **more: Any) -> int:
        """The financial year 2026/27, without money yet."""
        values = {
            "label": "2026/27",
            "starts_on": START,
            "ends_on": END,
            "outturn_on": date(2027, 5, 28),
            "finance_post_id": self.posts["finance_team"],
            "director_post_id": self.posts["director_post"],
        }
        return int(self.run("finn", create_year, NewYear(**(values | more))))

    def money(self, year_id: int, baselines: dict[int, int]) -> None:
        """Baselines in pence, the saving taken, the year open."""
        self.run("finn", set_baselines, year_id, baselines)
        self.run("finn", take_saving, year_id)
        self.step("finn", year_id, "open_year")

    def draft(self, unit_id: int, *, outcomes: int = 2, **more: Any) -> int:
        """A specification in draft with outcomes whose weights come to 100."""
        header = {"cash_limit_pence": 117_500_000, "policies": "Equality and safeguarding policies"} | more
        made = int(self.run("leo", create_specification, unit_id, SpecInput(START, END, **header)))
        shares = [100 // outcomes] * outcomes
        shares[0] += 100 - sum(shares)
        self.run(
            "leo",
            write_outcomes,
            made,
            [
                OutcomeInput(
                    f"A{n}", f"More children are in school, measure {n}", f"Attendance {n}", 95_000, share,
                    direction="higher" if n % 2 else "lower",
                )
                for n, share in enumerate(shares, 1)
            ],
        )  # fmt: skip
        return made

    def in_force(self, unit_id: int, **more: Any) -> int:
        """A specification that both sides signed, in force."""
        made = self.draft(unit_id, **more)
        self.step("leo", made, "send_to_provider")
        self.step(self.head_of(unit_id), made, "sign", fields={"outcome": "agreed"}, part=1)
        self.step("leo", made, "sign", fields={"outcome": "agreed"}, part=2)
        self.step("carla", made, "bring_into_force")
        return made

    def head_of(self, unit_id: int) -> str:
        """Who heads a unit."""
        post = self.read(lambda s: s.get_one(Unit, unit_id).head_post_id)
        return next(WHO[code] for code, found in self.posts.items() if found == post)

    def outcome_ids(self, specification_id: int) -> list[int]:
        """Outcomes of a specification in order."""
        query = select(SpecOutcome.id).where(SpecOutcome.specification_id == specification_id)
        return list(self.read(lambda s: s.scalars(query.order_by(SpecOutcome.position)).all()))


@made_once
def make_town(engine: Engine) -> Town:
    """People, posts and their holders, in an empty database; it is the second of April."""
    council = make_council(engine)
    town = Town(engine, council.people, council.posts, SPRING)
    town.write(lambda s: add_people(s, town))
    return town


def add_people(session: Session, town: Town) -> None:
    """Those of the units, with their posts and roles."""
    for name in PEOPLE:
        person = Person(name=name.capitalize(), email=f"{name}@example.org", created_at=SPRING)
        session.add(person)
        session.flush()
        town.people[name] = person.id
    for code, post_name in HOLDERS.items():
        post = Post(code=code, name=post_name)
        session.add(post)
        session.flush()
        town.posts[code] = post.id
        holder = town.people[WHO[code]]
        session.execute(insert(PostHolding).values(post_id=post.id, person_id=holder, from_on=date(2026, 1, 1)))
    for name, role in (("carla", "commissioner"), ("finn", "finance"), ("audrey", "auditor")):
        session.execute(
            insert(Grant).values(
                person_id=town.people[name], role=role, scope_kind="organisation", from_on=date(2026, 1, 1)
            )
        )
