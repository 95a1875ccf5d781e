"""Random steps through the door against the small model: the same answers, states and tasks, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select

from commissioning.casework import amend, perform
from commissioning.casework.errors import Refused
from commissioning.models.cases import Event, Task
from commissioning.models.people import Deputy
from tests.chaos import small
from tests.support.errands import NOW, PEOPLE, ErrandFacts, Town

PAIRS = (("ann", "cat"), ("ben", "dev"), ("hal", "ann"), ("hal", "cat"), ("gus", "hal"), ("flo", "ann"), ("ann", "flo"))
WALK = 8
"""Steps that one rule takes, so that stories are long enough to come anywhere."""
SIGNERS = (("cat",), ("cat", "dev"), ("team", "eve"), ("eve", "team", "gus"), ("ann", "cat"))


def machine(town: Town, count: Callable[[], None]) -> type[RuleBasedStateMachine]:
    """The machine over one town; `count` is called for each step tried."""

    class Errands(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.model = small.Town()
            self.ids: list[int] = []
            self.minutes = 0
            self.keys: dict[str, Any] = {}

        @initialize(data=st.data())
        def start(self, data: Any) -> None:
            town.run(lambda session: session.execute(delete(Deputy)))
            for _ in range(2):
                signers, order = data.draw(st.sampled_from(SIGNERS)), data.draw(st.booleans())
                weight, outcome = data.draw(st.sampled_from([1, 1, 0])), data.draw(st.sampled_from(["poor", "good"]))
                self.ids.append(town.errand(signers=signers, in_order=order, weight=weight, outcome=outcome))
                self.model.errands.append(small.Errand(signers, order, weight, outcome))
            self.agree(0)

        @rule(
            number=st.integers(0, 1), chances=st.lists(st.randoms(use_true_random=True), min_size=WALK, max_size=WALK)
        )
        def walk(self, number: int, chances: list[Any]) -> None:
            """Steps, with other words or another deputy now and then."""
            for chance in chances:
                if chance.random() < 0.3:
                    self.deputise(chance.choice(PAIRS))
                if chance.random() < 0.15 and self.model.errands[number].state == "drafted":
                    self.edit(number)
                count()
                self.try_step(number, *self.choose(self.model.errands[number], chance))

        def deputise(self, pair: tuple[str, str]) -> None:
            if pair in self.model.deputies:
                where = (Deputy.deputy_id == town.people[pair[0]], Deputy.person_id == town.people[pair[1]])
                town.run(lambda session: session.execute(delete(Deputy).where(*where)))
                self.model.deputies.remove(pair)
            else:
                town.deputise(*pair)
                self.model.deputies.add(pair)

        def edit(self, number: int) -> None:
            self.minutes += 1

            def other(context: Any) -> None:
                facts = context.session.get_one(ErrandFacts, context.case.id)
                context.changed("words", facts.words, facts.words + "!")
                facts.words += "!"

            now = NOW + timedelta(minutes=self.minutes)
            town.run(amend, town.actor("ann"), self.ids[number], "errand.edit", "errand.edited", other, now=now)
            self.model.edit(number)
            self.agree(number)

        def choose(self, errand: small.Errand, chance: Any) -> tuple[Any, ...]:
            """A step, most often one that fits, by somebody who may, or nearly may, or by anybody."""
            fitting = [s for s in small.SOURCES if errand.state in small.SOURCES[s]]
            if chance.random() < 0.9:  # what ends a story is rarely told
                fitting = [s for s in fitting if s not in {"drop", "pause"}]
            fitting = fitting or ["send"]
            name = chance.choice(fitting if chance.random() < 0.85 else sorted(small.BY))
            part = chance.choice([*range(1, len(errand.signers) + 1)] * 3 + [None]) if name == "sign" else None
            may = [p for p in PEOPLE if self.model.acting_for(p, name, errand, part)]
            nearly = [p for p in PEOPLE if self.model.is_tempted(p, name, errand, part)]
            who = chance.choice(chance.choice([may, may, nearly, nearly, PEOPLE]) or PEOPLE)
            version = chance.choice([None, errand.version, errand.version, errand.version, errand.version - 1])
            reason = chance.choice(["because", "because", "because", " "])
            said = chance.choice(["fine", "fine", "fine", "wrong"])
            return who, name, part, version, reason, said

        def try_step(
            self, number: int, who: str, name: str, part: int | None, version: int | None, reason: str, said: str
        ) -> None:
            self.minutes += 1
            expected = self.model.expected(who, number, name, part, version, reason)
            identity = self.model.acting_for(who, name, self.model.errands[number], part)
            more = {
                "now": NOW + timedelta(minutes=self.minutes),
                "key": f"{self.ids[number]}-{self.minutes}",
                "version": version,
                "reason": reason,
                "part": part,
                "fields": {"outcome": said} if name == "sign" else {},
            }
            call = (perform, town.actor(who), self.ids[number], name)
            try:
                result = town.run(*call, **more)
                found = "ok"
            except Refused as refused:
                found = type(refused).__name__
            assert found == expected, (who, name, part, found, expected)
            if found == "ok":
                self.model.take(who, number, name, part, said)
                self.check_event(number, who, identity, name)
                again = town.run(*call, **more)
                assert (again.state, again.version, again.is_replay) == (result.state, result.version, True)
            self.agree(number)

        def check_event(self, number: int, who: str, identity: str | None, name: str) -> None:
            row = town.read(
                select(Event.actor_id, Event.for_id)
                .where(Event.case_id == self.ids[number], Event.step == name)
                .order_by(Event.seq.desc())
                .limit(1)
            )[0]
            other = town.people[identity] if identity and identity != who else None
            assert tuple(row) == (town.people[who], other)

        def agree(self, number: int) -> None:
            errand, case = self.model.errands[number], self.ids[number]
            row = town.case(case)
            assert (row.state, row.previous_state, row.version) == (errand.state, errand.previous, errand.version)
            names = {i: n for n, i in town.people.items()}
            posts = {i: {"checkers": "team"}.get(n, n) for n, i in town.posts.items()}
            tasks = town.read(
                select(Task.step, Task.person_id, Task.post_id, Task.part).where(
                    Task.case_id == case, Task.closed_at.is_(None)
                )
            )
            found = [(t.step, names.get(t.person_id) or posts[t.post_id], t.part) for t in tasks]
            assert sorted(found, key=str) == sorted(errand.open_tasks(), key=str)
            events = town.read(select(func.count()).select_from(Event).where(Event.case_id == case))[0][0]
            assert events == errand.events

    return Errands


def run(town: Town, examples: int, steps: int = 30) -> int:
    """Run the machine; how many steps were tried. Raises AssertionError with the shortest story that disagrees."""
    tried = 0

    def count() -> None:
        nonlocal tried
        tried += 1

    run_state_machine_as_test(
        machine(town, count),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=(Phase.generate,),  # a walk is read from its end; making it shorter takes minutes
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return tried
