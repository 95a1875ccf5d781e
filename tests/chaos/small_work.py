"""Small models of a unit's month and of a cycle's gates, written by hand from the product's description.

An oracle: it imports nothing of the product. People are names, who acts for whom is pairs of names. Each model says
what a step must do, or by which refusal it is stopped; refusals come in the order in which the door asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Deputies = set[tuple[str, str]]
"""(deputy, person): the deputy may act for the person."""

JOINED = ("heidi", "hugo", "leo", "fay", "carla")
"""In which order people came."""


def identities(who: str, deputies: Deputies) -> list[str]:
    """Whom somebody may act as: themselves first, then whoever was there before the others."""
    return [who, *(person for person in JOINED if (who, person) in deputies)]


HOLDS = {"heidi": {"head"}, "helper": {"contributor"}, "leo": {"strategy_leader"}, "fay": {"finance_leader"}}
PARTS = {
    "return": {"strategy_leader": 1, "finance_leader": 2},
    "meeting": {"head": 1, "strategy_leader": 2, "finance_leader": 3},
}
LEADERS, THREE = ("strategy_leader", "finance_leader"), ("head", "strategy_leader", "finance_leader")
MONTH_STEPS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], bool]] = {
    "submit": ("return", ("head",), ("open", "in_progress", "returned"), False),
    "accept": ("return", LEADERS, ("submitted",), False),
    "send_back": ("return", LEADERS, ("submitted",), True),
    "discuss": ("return", ("strategy_leader",), ("accepted",), False),
    "close": ("return", ("strategy_leader",), ("accepted", "discussed"), False),
    "confirm": ("meeting", ("head",), ("invited",), False),
    "hold": ("meeting", LEADERS, ("invited", "confirmed"), False),
    "not_held": ("meeting", LEADERS, ("invited", "confirmed"), True),
    "draft_minutes": ("meeting", ("strategy_leader",), ("held",), False),
    "agree": ("meeting", THREE, ("minutes_drafted",), False),
    "rewrite": ("meeting", ("strategy_leader",), ("minutes_drafted",), True),
    "close_meeting": ("meeting", ("strategy_leader",), ("agreed",), False),
}
"""Of what, by whom, in which states, and whether it needs a reason."""
OWN_WORK = {"accept", "send_back"}
"""Steps from which head and contributors are barred, for themselves and for others."""
NEXT_ASKED = {
    **{("return", state): [("submit", "head")] for state in ("open", "in_progress", "returned")},
    ("return", "accepted"): [("close", "strategy_leader")],
    ("return", "discussed"): [("close", "strategy_leader")],
    ("meeting", "invited"): [("confirm", "head")],
    ("meeting", "confirmed"): [("hold", "strategy_leader")],
    ("meeting", "held"): [("draft_minutes", "strategy_leader")],
    ("meeting", "agreed"): [("close", "strategy_leader")],
}


@dataclass
class Month:
    """A return and its monitoring meeting as they should be."""

    state: dict[str, str] = field(default_factory=lambda: {"return": "in_progress", "meeting": "invited"})
    moves: dict[str, int] = field(default_factory=lambda: {"return": 0, "meeting": 0})
    deputies: Deputies = field(default_factory=set)
    submitted_by: set[str] = field(default_factory=set)
    accepted: dict[str, set[str]] = field(default_factory=dict)
    """By role: the person and whom they acted for."""
    three_came: bool = False
    has_minutes: bool = False
    agreed: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """By role: who answered, and whether they agree."""

    def acting_as(self, who: str, step: str, part: int | None) -> str | None:
        """As whom somebody may take a step; None if nobody that they are may."""
        of, by, _, _ = MONTH_STEPS[step]
        for identity in identities(who, self.deputies):
            if not self._roles(of, by, identity, part):
                continue
            own = HOLDS.get(who, set()) | HOLDS.get(identity, set())
            if step in OWN_WORK and own & {"head", "contributor"}:
                continue
            return identity
        return None

    def _roles(self, of: str, by: tuple[str, ...], identity: str, part: int | None) -> list[str]:
        held = [role for role in by if role in HOLDS.get(identity, ())]
        return [role for role in held if part is None or PARTS[of].get(role) == part]

    def expected(self, who: str, step: str, part: int | None, reason: str, *, is_stale: bool) -> str:
        """`ok`, or the name of the refusal."""
        of, _, sources, needs_reason = MONTH_STEPS[step]
        identity = self.acting_as(who, step, part)
        if identity is None:
            return "Forbidden"
        if is_stale:
            return "Stale"
        if needs_reason and not reason.strip():
            return "Invalid"
        if self.state[of] not in sources or not self._may(who, identity, step):
            return "NotNow"
        return "ok"

    def _may(self, who: str, identity: str, step: str) -> bool:
        """The rules of the month, beside roles and states."""
        sat = self.state["meeting"] in {"held", "minutes_drafted", "agreed", "closed"}
        if step == "accept":  # who submits does not accept; the two acceptors are two, whomever they act for
            return not {who, identity} & self.submitted_by.union(*self.accepted.values())
        if step == "agree":  # the three are three people
            return not any(by == who and agrees for by, agrees in self.agreed.values())
        return {
            "discuss": sat,
            "close": sat or self.state["meeting"] == "not_held",
            "hold": self.three_came,
            "draft_minutes": self.has_minutes,
        }.get(step, True)

    def take(self, who: str, step: str, part: int | None, *, agrees: bool = True) -> None:
        """Do what an accepted step does."""
        of, by, _, _ = MONTH_STEPS[step]
        identity = self.acting_as(who, step, part)
        assert identity is not None
        if step == "accept":
            self.accepted[self._roles(of, by, identity, part)[0]] = {who, identity}
            if len(self.accepted) == len(LEADERS):
                self._move("return", "accepted")
                self._discussed()
        elif step == "agree":
            role = self._roles(of, by, identity, part)[0]
            self.agreed = {r: a for r, a in self.agreed.items() if a[0] != who} | {role: (who, agrees)}
            if len(self.agreed) == len(THREE) and all(yes for _, yes in self.agreed.values()):
                self._move("meeting", "agreed")
        else:
            to = {"submit": "submitted", "send_back": "returned", "discuss": "discussed", "close": "closed"}
            to |= {"confirm": "confirmed", "hold": "held", "not_held": "not_held", "draft_minutes": "minutes_drafted"}
            to |= {"rewrite": "held", "close_meeting": "closed"}
            self._move(of, to[step])
        if step == "submit":
            self.submitted_by = {who, identity}
        if step == "send_back":
            self.accepted.clear()
        if step in {"draft_minutes", "rewrite"}:
            self.agreed.clear()
        if step == "hold":
            self._discussed()

    def _discussed(self) -> None:
        """What was accepted and met about has been discussed."""
        if self.state["return"] == "accepted" and self._may("", "", "discuss"):
            self._move("return", "discussed")

    def _move(self, of: str, state: str) -> None:
        self.state[of] = state
        self.moves[of] += 1

    def asked(self, of: str) -> list[tuple[str, str]]:
        """Open tasks: step and role."""
        if (of, self.state[of]) == ("return", "submitted"):
            return sorted(("accept", role) for role in LEADERS if role not in self.accepted)
        if (of, self.state[of]) == ("meeting", "minutes_drafted"):
            return sorted(("agree", role) for role in THREE if not self.agreed.get(role, ("", False))[1])
        return NEXT_ASKED.get((of, self.state[of]), [])


TEAM = {"leo": {"lead"}, "carla": {"commissioner"}, "director": {"director"}}
CYCLE_STEPS: dict[str, tuple[tuple[str, ...], dict[str, str], bool]] = {
    "start_assess": (("lead", "commissioner"), {"draft": "assess"}, False),
    "finish_assess": (("commissioner",), {"assess": "plan"}, False),
    "ask_board": (("lead", "commissioner"), {"plan": "plan_at_board"}, False),
    "take_plan_back": (("lead", "commissioner"), {"plan_at_board": "plan"}, True),
    "start_review": (("lead", "commissioner"), {"do": "review"}, False),
    "ask_board_again": (("lead", "commissioner"), {"review": "review_at_board"}, False),
    "take_review_back": (("lead", "commissioner"), {"review_at_board": "review"}, True),
    "pause": (("lead", "commissioner", "director"), dict.fromkeys(("assess", "plan", "do", "review"), "paused"), True),
    "resume": (("lead", "commissioner", "director"), {"paused": ""}, False),
    "approve_plan": ((), {"plan_at_board": "do"}, False),
    "close": ((), {"review_at_board": "closed"}, False),
    "decommission": ((), {"review_at_board": "decommissioned"}, False),
}
"""By whom, from where to where, and whether it needs a reason. What is by nobody is done by a decision alone."""
GATES = {"approve_plan": "plan_at_board", "close": "review_at_board", "decommission": "review_at_board"}
MUST_BE_SETTLED = {"finish_assess", "ask_board", "start_review", "ask_board_again", *GATES}


@dataclass(frozen=True)
class Decision:
    """What a board decided: about this cycle or another, for which step, how, on which day, in effect or not yet."""

    is_own_board: bool
    is_own_cycle: bool
    step: str
    outcome: str
    day: int
    is_in_effect: bool


@dataclass
class Cycle:
    """A cycle as it should be; days are counted from its first."""

    state: str = "draft"
    previous: str = ""
    moves: int = 0
    entered: int = 0
    settled: bool = False
    """Whether the one output that its stage must have is done or waived."""
    deputies: Deputies = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)

    def expected(self, who: str, step: str, reason: str) -> str:
        """`ok`, or the name of the refusal. `who` is `decision` for the service that carries one out."""
        by, moves, needs_reason = CYCLE_STEPS[step]
        roles = {role for identity in identities(who, self.deputies) for role in TEAM.get(identity, ())}
        if (who == "decision") != (not by) or (by and not roles & set(by)):
            return "Forbidden"
        if needs_reason and not reason.strip():
            return "Invalid"
        if self.state not in moves:
            return "NotNow"
        if step in MUST_BE_SETTLED and not self.settled:
            return "NotNow"
        return "ok" if step not in GATES or any(map(self._opens, self.decisions)) else "NotNow"

    def _opens(self, decision: Decision) -> bool:
        """Its own board's, on a recommendation linked to this gate, agreed or amended, in effect, made at this gate."""
        return (
            decision.is_own_board
            and decision.is_own_cycle
            and GATES[decision.step] == self.state
            and decision.outcome in {"agreed", "agreed_as_amended"}
            and decision.is_in_effect
            and decision.day >= self.entered
        )

    def take(self, step: str, day: int) -> None:
        """Do what an accepted step does."""
        target = CYCLE_STEPS[step][1][self.state] or self.previous
        begins_stage = target in {"assess", "plan", "do", "review"} and step in {
            *("start_assess", "finish_assess", "approve_plan", "start_review"),
        }
        self.previous, self.state = self.state, target
        self.moves, self.entered = self.moves + 1, day
        if begins_stage:
            self.settled = False
