"""Random steps of months and cycles through the door against the small models: the same answers, states and tasks."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from commissioning.actors import system_actor
from commissioning.casework import NewCase, create, perform
from commissioning.casework.errors import Refused
from commissioning.clock import fresh_id
from commissioning.models.bodies import Decision
from commissioning.models.cases import Case, Task
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.people import Deputy
from commissioning.models.reports import Recommendation
from commissioning.monitoring.meeting_commands import record_attendance, write_minutes
from tests.chaos import small_work
from tests.chaos.borough import FOUND, LATER, Borough

PEOPLE = ("heidi", "helper", "leo", "fay", "carla", "stranger")
PAIRS = (
    *(("stranger", "heidi"), ("stranger", "leo"), ("stranger", "fay"), ("heidi", "leo"), ("helper", "fay")),
    *(("leo", "fay"), ("fay", "leo"), ("leo", "heidi"), ("carla", "leo")),
)
ENDS = {"not_held": 0.1, "close": 0.3, "close_meeting": 0.3, "hold": 0.6}
"""How often a step is tried that closes ways: stories are to be long enough to come anywhere."""


def months(borough: Borough, stories: int, steps: int = 30, seed: int = 1) -> int:
    """So many months, each told by so many tries; how many tries. Raises AssertionError where the two disagree."""
    for number in range(stories):
        chance = random.Random(f"months {seed} {number}")
        story = _MonthStory(borough, chance)
        for _ in range(steps):
            story.tell()
    return stories * steps


def cycles(borough: Borough, stories: int, steps: int = 30, seed: int = 1) -> int:
    """So many cycles, as `months`."""
    for number in range(stories):
        story = _CycleStory(borough, random.Random(f"cycles {seed} {number}"))
        for _ in range(steps):
            story.tell()
    return stories * steps


class _Story:
    """What both have in common: people who act for each other, a step tried, and its refusal by name."""

    def __init__(self, borough: Borough, chance: random.Random) -> None:
        self.borough, self.town, self.chance = borough, borough.town, chance
        self.told: list[Any] = []
        self.town.now = LATER
        self.town.write(lambda s: s.execute(delete(Deputy)))

    def deputise(self, deputies: small_work.Deputies, pair: tuple[str, str]) -> None:
        """Let somebody act for somebody, or no longer."""
        deputy, person = (self.town.people[name] for name in pair)
        if pair in deputies:
            gone = delete(Deputy).where(Deputy.deputy_id == deputy, Deputy.person_id == person)
            self.town.write(lambda s: s.execute(gone))
            deputies.remove(pair)
            return
        on = LATER.date()
        days = {"from_on": on, "to_on": on + timedelta(days=400)}
        self.town.write(lambda s: s.add(Deputy(deputy_id=deputy, person_id=person, **days)))
        deputies.add(pair)

    def tried(self, who: str, case: int, step: str, **more: Any) -> str:
        """Take a step as somebody; `ok`, or the name of the refusal."""
        try:
            if who == "decision":
                self.town.write(lambda s: perform(s, system_actor("decision 1"), case, step, now=self.town.now, **more))
            else:
                self.town.step(who, case, step, **more)
        except Refused as refused:
            return type(refused).__name__
        return "ok"

    def stands(self, case: int) -> tuple[str, int]:
        """State and version of a case."""
        row = self.town.read(lambda s: s.execute(select(Case.state, Case.version).where(Case.id == case)).one())
        return row.state, row.version

    def asked(self, case: int) -> list[tuple[str, str]]:
        """Open tasks of a case by step and role."""
        query = select(Task.step, Task.role).where(Task.case_id == case, Task.closed_at.is_(None))
        return sorted((t.step, t.role) for t in self.town.read(lambda s: s.execute(query).all()))


class _MonthStory(_Story):
    def __init__(self, borough: Borough, chance: random.Random) -> None:
        super().__init__(borough, chance)
        found = borough.open_return()
        meeting = (
            select(MonitoringMeeting.case_id)
            .join(
                Return,
                (Return.unit_id == MonitoringMeeting.unit_id) & (Return.period_on == MonitoringMeeting.period_on),
            )
            .where(Return.case_id == found)
        )
        self.cases = {"return": found, "meeting": self.town.read(lambda s: s.scalars(meeting).one())}
        if self.cases["meeting"] in borough.meetings:
            borough.meetings.remove(self.cases["meeting"])
        self.first = {of: self.stands(case)[1] for of, case in self.cases.items()}
        self.model = small_work.Month()

    def tell(self) -> None:
        """One try, after something around it has changed now and then."""
        chance, model = self.chance, self.model
        if chance.random() < 0.4:
            self.deputise(model.deputies, chance.choice(PAIRS))
        if chance.random() < 0.3:
            self._around()
        step, part = self._choose()
        of, _, _, _ = small_work.MONTH_STEPS[step]
        may = [p for p in PEOPLE if model.acting_as(p, step, part)]
        who = chance.choice(chance.choice([may, may, may, PEOPLE]) or PEOPLE)
        reason = chance.choice(["because", "because", " "])
        version = self.first[of] + model.moves[of]
        seen = chance.choice([None, version, version, version - 1])
        agrees = chance.random() < 0.8
        wanted = model.expected(who, step, part, reason, is_stale=seen == version - 1)
        fields = {"hold": FOUND, "agree": {"outcome": "agreed" if agrees else "changes_requested", "comment": "A word"}}
        name = step.removesuffix("_meeting")
        more = {"part": part, "reason": reason, "version": seen, "fields": fields.get(step, {})}
        found = self.tried(who, self.cases[of], name, **more)
        self.told.append((who, step, part, sorted(model.deputies), found))
        assert found == wanted, f"{self.told[-8:]}: expected {wanted} of {model}"
        if found == "ok":
            model.take(who, step, part, agrees=agrees)
        for each, case in self.cases.items():
            now = (model.state[each], self.first[each] + model.moves[each])
            assert self.stands(case) == now, f"{self.told[-8:]}: {self.stands(case)}, expected {now}"
            assert self.asked(case) == model.asked(each), f"{self.told[-8:]}: asks {self.asked(case)} of {model}"

    def _choose(self) -> tuple[str, int | None]:
        chance, model = self.chance, self.model
        fitting = [s for s, (of, _, sources, _) in small_work.MONTH_STEPS.items() if model.state[of] in sources]
        fitting = [s for s in fitting if chance.random() < ENDS.get(s, 1)]
        step = chance.choice(fitting if fitting and chance.random() < 0.9 else list(small_work.MONTH_STEPS))
        parts = {"accept": (1, 2), "agree": (1, 2, 3)}.get(step, ())
        return step, chance.choice([*parts, None]) if parts else None

    def _around(self) -> None:
        """Who came is written down, and the minutes are."""
        meeting, people, state = self.cases["meeting"], self.town.people, self.model.state["meeting"]
        if state in {"invited", "confirmed"}:
            there: dict[str, int | None] = {"head": people["heidi"], "strategy_leader": people["leo"]}
            self.model.three_came = self.chance.random() < 0.7
            there["finance_leader"] = people["fay"] if self.model.three_came else None
            self.town.run("leo", record_attendance, meeting, there)
        elif state == "held":
            self.town.run("leo", write_minutes, meeting, f"What was said {self.chance.random()}", None)
            self.model.has_minutes = True


class _CycleStory(_Story):
    def __init__(self, borough: Borough, chance: random.Random) -> None:
        super().__init__(borough, chance)
        self.case = borough.draft_cycle()
        self.first = self.stands(self.case)[1]
        self.other = borough.other_cycle()
        self.model = small_work.Cycle()
        self.day = 0

    def tell(self) -> None:
        """One try, after a decision, an output or a deputy now and then."""
        chance, model = self.chance, self.model
        if chance.random() < 0.2:
            self.deputise(model.deputies, chance.choice((("stranger", "carla"), ("stranger", "leo"), ("carla", "leo"))))
        if chance.random() < 0.15:
            self.day += 1
            self.town.now += timedelta(days=1)
        if chance.random() < 0.5:
            self._settle()
        if model.state in small_work.GATES.values() and chance.random() < 0.7:
            self._decide()
        moves = small_work.CYCLE_STEPS
        fitting = [s for s, (_, m, _) in moves.items() if model.state in m and (s != "pause" or chance.random() < 0.2)]
        step = chance.choice(fitting if fitting and chance.random() < 0.85 else list(moves))
        who = chance.choice(("leo", "carla", "director", "stranger", "fay"))
        if not moves[step][0] and chance.random() < 0.8:
            who = "decision"
        reason = chance.choice(["because", "because", "because", " "])
        wanted = model.expected(who, step, reason)
        resume_on = (self.town.now + timedelta(days=20)).date().isoformat()
        found = self.tried(
            who, self.case, step, reason=reason, fields={"resume_on": resume_on} if step == "pause" else {}
        )
        self.told.append((who, step, found))
        assert found == wanted, f"{self.told[-8:]}: expected {wanted} of {model}"
        if found == "ok":
            model.take(step, self.day)
        now = (model.state, self.first + model.moves)
        assert self.stands(self.case) == now, f"{self.told[-8:]}: {self.stands(self.case)}, expected {now}"

    def _settle(self) -> None:
        """The output that the stage must have is done or waived, or opened again."""
        if self.model.state not in {"assess", "plan", "do", "review"}:
            return
        needed = self.borough.outputs(self.case, self.model.state)[0]
        if self.model.settled:
            self.model.settled = self.chance.random() < 0.8
            if not self.model.settled:
                self.town.step("leo", needed, "reopen", reason="There is more")
            return
        if self.chance.random() < 0.5:
            self.town.step("leo", needed, "provide", fields={"evidence": "See the folder"})
        else:
            self.town.step("carla", needed, "waive", reason="Not needed")
        self.model.settled = True

    def _decide(self) -> None:
        """A board decides something; most often all but one thing about it is as the gate wants it."""
        chance, borough, model = self.chance, self.borough, self.model
        here = [step for step, state in small_work.GATES.items() if state == model.state]
        odd = chance.choice(("", "", "board", "cycle", "step", "outcome", "day", "effect"))
        elsewhere = [step for step in small_work.GATES if step not in here]
        decision = small_work.Decision(
            odd != "board",
            odd != "cycle",
            chance.choice(elsewhere if odd == "step" else here),
            chance.choice(("rejected", "deferred") if odd == "outcome" else ("agreed", "agreed_as_amended")),
            model.entered - 1 if odd == "day" else self.day,
            odd != "effect",
        )
        model.decisions.append(decision)
        town, (meeting, report, item) = self.town, borough.paper()
        on = (LATER + timedelta(days=decision.day)).date()
        about, body = self.case if decision.is_own_cycle else self.other, borough.board
        if not decision.is_own_board:
            body = borough.other_board()
        effective_at = town.now + timedelta(hours=-1 if decision.is_in_effect else 24 * 300)

        def write(session: Any) -> None:
            number = session.scalar(select(func.count()).select_from(Decision)) + 1
            recommendation = fresh_id()
            session.add(
                Recommendation(
                    id=recommendation, report_id=report, position=number + 1, ask="approve", text="That it go on",
                    about_id=about, about_step=decision.step,
                )
            )  # fmt: skip
            session.flush()
            facts = {
                "body_id": body, "meeting_id": meeting, "item_id": item, "report_id": report,
                "recommendation_id": recommendation, "number": number, "ask": "approve", "outcome": decision.outcome,
                "text": "", "original_text": "", "decided_on": on, "published_on": on, "effective_at": effective_at,
            }  # fmt: skip
            new = NewCase(
                "decision", f"Decision {number}", facts=lambda i: [Decision(case_id=i, **facts)], state="published"
            )
            create(session, system_actor("clerk"), new, now=town.now)

        town.write(write)
