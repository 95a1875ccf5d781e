"""A small model of errands, written from their rules by hand: what a step must do, or why it must be refused.

An oracle: it imports nothing of the product, and keeps people by name and cases by number.
"""

from dataclasses import dataclass, field

TEAMS = {"team": {"cat", "dev"}}
SOURCES = {
    "submit": {"drafted"},
    "sign": {"signing"},
    "take_back": {"signing", "ready"},
    "send": {"ready"},
    "finish": {"out"},
    "pause": {"drafted", "signing", "ready"},
    "resume": {"paused"},
    "again": {"drafted"},
    "drop": {"drafted", "signing", "ready", "paused"},
    "complete_checks": {"signing"},
}
BY = {
    "submit": "owner",
    "sign": "asked",
    "take_back": "owner",
    "send": "clerk",
    "finish": "clerk",
    "pause": "clerk",
    "resume": "clerk",
    "again": "owner",
    "drop": "owner",
    "complete_checks": "nobody",
}
NEEDS_REASON = {"take_back", "pause"}
ASKED = {"drafted": ("submit", "owner"), "ready": ("send", "clerk"), "paused": ("resume", "clerk")}


@dataclass
class Errand:
    """One errand as it should be."""

    signers: tuple[str, ...]
    in_order: bool
    weight: int
    outcome: str
    state: str = "drafted"
    previous: str | None = None
    version: int = 1
    words: int = 0
    signed: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Part to what was said and of which words."""
    events: int = 1
    last_mover: str = "ann"

    def current(self) -> dict[int, str]:
        """What stands for the words as they are now."""
        return {part: said for part, (said, words) in self.signed.items() if words == self.words}

    def open_tasks(self) -> set[tuple[str, str, int | None]]:
        """Step, who (a person, `team` or the clerk's post) and part."""
        if self.state in ASKED:
            step, role = ASKED[self.state]
            return {(step, "ann" if role == "owner" else "clerk", None)}
        if self.state != "signing":
            return set()
        fine = {part for part, said in self.current().items() if said == "fine"}
        waiting = [part for part in range(1, len(self.signers) + 1) if part not in fine]
        return {("sign", self.signers[part - 1], part) for part in (waiting[:1] if self.in_order else waiting)}


@dataclass
class Town:
    """Everybody's errands, and who acts for whom."""

    errands: list[Errand] = field(default_factory=list)
    deputies: set[tuple[str, str]] = field(default_factory=set)

    def _holds(self, who: str, role: str, errand: Errand, part: int | None) -> bool:
        if role == "owner":
            return who == "ann"
        if role == "helper":
            return who == "ben"
        if role == "clerk":
            return who == "flo"
        if role != "asked":
            return False
        asked = {
            number: TEAMS.get(name, {name}) for number, name in enumerate(errand.signers, 1) if part in (None, number)
        }
        return any(who in people for people in asked.values())

    def acting_for(self, who: str, step: str, errand: Errand, part: int | None) -> str | None:
        """As whom somebody may take the step; None if they may not. Own work bars both."""
        for identity in (who, *sorted(p for d, p in self.deputies if d == who)):
            if not self._holds(identity, BY[step], errand, part):
                continue
            own = any(self._holds(x, r, errand, None) for x in (who, identity) for r in ("owner", "helper"))
            if step == "sign" and own:
                continue
            return identity
        return None

    def is_tempted(self, who: str, step: str, errand: Errand, part: int | None) -> bool:
        """Whether they hold the role, themselves or for somebody, whatever bars them."""
        people = (who, *(p for d, p in self.deputies if d == who))
        return any(self._holds(x, BY[step], errand, part) for x in people)

    def expected(  # noqa: PLR0911 - one line for each refusal, in order, reads best
        self, who: str, number: int, step: str, part: int | None, version: int | None, reason: str
    ) -> str:
        """`ok`, or the name of the refusal, in the order in which the door asks."""
        errand = self.errands[number]
        if self.acting_for(who, step, errand, part) is None:
            return "Forbidden"
        if version is not None and version != errand.version:
            return "Stale"
        if step in NEEDS_REASON and not reason.strip():
            return "Invalid"
        if errand.state not in SOURCES[step] or (step == "send" and errand.weight <= 0):
            return "NotNow"
        if step == "sign":
            if part is None:
                return "Invalid"
            fine = {p for p, said in errand.current().items() if said == "fine"}
            if errand.in_order and any(p not in fine for p in range(1, part)):
                return "NotNow"
        return "ok"

    def take(self, who: str, number: int, step: str, part: int | None, said: str = "fine") -> None:
        """Do what an accepted step does."""
        errand = self.errands[number]
        errand.events += 1
        if step == "sign":
            assert part is not None
            errand.signed[part] = (said, errand.words)
            self._complete(errand)
            return
        target = {
            "submit": "signing",
            "take_back": "drafted",
            "send": "out",
            "pause": "paused",
            "resume": errand.previous,
            "again": "drafted",
            "drop": "dropped",
            "finish": "done" if errand.outcome == "good" else "drafted",
        }[step]
        assert target is not None
        self._move(errand, target, who)
        self._complete(errand)

    def edit(self, number: int) -> None:
        """Other words: what was signed is stale."""
        errand = self.errands[number]
        errand.words += 1
        errand.events += 1

    def _move(self, errand: Errand, target: str, who: str) -> None:
        if target != errand.state:
            errand.previous = errand.state
        errand.state = target
        errand.version += 1
        errand.last_mover = who

    def _complete(self, errand: Errand) -> None:
        current = errand.current()
        if errand.state != "signing" or "wrong" in current.values():
            return
        if all(current.get(part) == "fine" for part in range(1, len(errand.signers) + 1)):
            errand.events += 1
            self._move(errand, "ready", "checks complete")
