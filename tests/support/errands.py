"""A small world of its own for tests of the door: errands that are signed off, and parcels that they carry.

Here: two definitions, their rules and tables, and a town of people. `errands()` puts them in force and takes them out
again, so that no other test meets them. Nothing here is part of the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Engine, Integer, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from commissioning.actors import Actor, load_actor
from commissioning.audit import sha256
from commissioning.casework import Move, NewCase, create
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import Kind, house
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.policy import ACTIONS, BARRED, Rule
from workflows.engine import SignOffStatus
from workflows.loading import load_text
from workflows.quorum import Signature
from workflows.registry import Refusal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday, a week without bank holidays."""
TODAY = date(2026, 3, 2)

ERRAND = (Path(__file__).parent / "errand.v1.yaml").read_text(encoding="utf-8")

PARCEL = (Path(__file__).parent / "parcel.v1.yaml").read_text(encoding="utf-8")

BigId = BigInteger().with_variant(Integer, "sqlite")


class TownBase(DeclarativeBase):
    """Tables of the town, apart from those of the product."""


class ErrandFacts(TownBase):
    """An errand's own facts."""

    __tablename__ = "errand_facts"
    case_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    words: Mapped[str]
    weight: Mapped[int]
    outcome: Mapped[str]
    wanted_on: Mapped[date | None]
    in_order: Mapped[bool]


class ErrandSignature(TownBase):
    """One signature, bound to the words that were signed."""

    __tablename__ = "errand_signatures"
    case_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(BigId)
    outcome: Mapped[str]
    words_sha256: Mapped[str]


class ErrandParcel(TownBase):
    """A parcel that an errand carries."""

    __tablename__ = "errand_parcels"
    case_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    parcel_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


def _facts(context: Context) -> ErrandFacts:
    return context.session.get_one(ErrandFacts, context.case.id)


def _dates(context: Context) -> dict[str, date]:
    day = _facts(context).wanted_on
    return {"wanted_on": day} if day else {}


def _status(context: Context) -> SignOffStatus:
    facts = _facts(context)
    signed = context.session.scalars(
        select(ErrandSignature).where(ErrandSignature.case_id == context.case.id).order_by(ErrandSignature.part)
    ).all()
    current = [s for s in signed if s.words_sha256 == sha256(facts.words)]
    fine = [s for s in current if s.outcome == "fine"]
    wrong = [s for s in current if s.outcome == "wrong"]
    asked = tuple(sorted({p.part for p in context.parties if p.role == "asked" and p.part is not None}))
    return SignOffStatus(
        tuple(Signature(s.person_id, frozenset({"asked"}), s.part) for s in fine),
        asked,
        tuple(f"part {p}" for p in asked if p not in {s.part for s in current}),
        tuple(f"part {s.part}" for s in wrong),
        facts.in_order,
    )


class SignFields(BaseModel):
    """What a signer says."""

    model_config = ConfigDict(extra="forbid")
    outcome: str = "fine"


class DateFields(BaseModel):
    """A new day."""

    model_config = ConfigDict(extra="forbid")
    wanted_on: date


class OwnerFields(BaseModel):
    """A new owner."""

    model_config = ConfigDict(extra="forbid")
    owner_id: int


def _sign(context: Context) -> None:
    part = context.memo["part"]
    if part is None:
        raise Invalid({"part": "Say for which part"})
    words = sha256(_facts(context).words)
    context.session.merge(
        ErrandSignature(
            case_id=context.case.id,
            part=part,
            person_id=context.person_id,
            outcome=context.fields.outcome,
            words_sha256=words,
        )
    )
    context.notes["outcome"] = context.fields.outcome
    context.hashes["words"] = words


def _redate(context: Context) -> None:
    context.changed("wanted_on", _facts(context).wanted_on, context.fields.wanted_on)
    _facts(context).wanted_on = context.fields.wanted_on


def _hand_over(context: Context) -> None:
    role = context.session.scalars(
        select(CaseRole).where(CaseRole.case_id == context.case.id, CaseRole.role == "owner")
    ).one()
    context.changed("owner_id", role.person_id, context.fields.owner_id)
    role.person_id = context.fields.owner_id


def _parcels(context: Context) -> list[int]:
    return list(context.session.scalars(select(ErrandParcel.parcel_id).where(ErrandParcel.case_id == context.case.id)))


def _send(context: Context) -> None:
    assert context.fire is not None
    for parcel in _parcels(context):
        context.fire(Move(parcel, "move", reason="it goes with the errand"))
    context.tell("errand_sent", "An errand is out", "It has left.", "You own it.", roles=("owner",))


def _tell_signers(context: Context) -> None:
    context.tell("errand_asked", "Your signature is asked", "Please sign.", "You are asked.", roles=("asked",))


def _has_weight(context: Context) -> Refusal | None:
    if _facts(context).weight <= 0:
        return Refusal("no_weight", "It weighs nothing", "the owner")
    return None


def _outcome(context: Context) -> str:
    return str(_facts(context).outcome)


@contextmanager
def errands() -> Iterator[None]:
    """Put errands and parcels in force for as long as the block lasts."""
    rules = house.rules
    kept: list[tuple[dict[Any, Any], dict[Any, Any]]] = [
        (d, dict(d))
        for d in (
            house.kinds,
            house.workflows,
            rules.guards,
            rules.tallies,
            rules.effects,
            rules.openings,
            ACTIONS,
            BARRED,
        )
    ]
    house.kind(Kind("errand", "ERR", "errand", dates=_dates, sign_offs=_status))
    house.kind(Kind("parcel", "PAR", "parcel"))
    rules.guard("errand_has_weight@1")(_has_weight)
    rules.tally("errand_outcome@1", "good", "poor")(_outcome)
    house.effect("errand_tell_signers@1", record=_tell_signers)
    house.effect("errand_sign@1", fields=SignFields, record=_sign)
    house.effect("errand_redate@1", fields=DateFields, record=_redate)
    house.effect("errand_hand_over@1", fields=OwnerFields, record=_hand_over)
    house.effect("errand_send@1", touches=_parcels, run=_send, fires=frozenset({"parcel.move"}))
    ACTIONS["errand.edit"] = Rule(("owner",), "Change the words", "editable")
    ACTIONS["errand.note"] = Rule(("owner", "asked"), "Note something", "open")
    BARRED["errand.sign"] = ("owner", "helper")
    house.use([load_text(ERRAND), load_text(PARCEL)])
    try:
        yield
    finally:
        for live, before in kept:
            live.clear()
            live.update(before)


PEOPLE = ("ann", "ben", "cat", "dev", "eve", "flo", "gus", "hal")
"""ann owns, ben helps, cat, dev and eve sign (cat and dev are the checkers' team), flo is the clerk, gus the chair."""


@dataclass
class Town:
    """The people of a database, and short words for what tests do again and again."""

    engine: Engine
    people: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)

    def run(self, command: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a command in one transaction."""
        return in_transaction(self.engine, command, *args, **kwargs)

    def actor(self, name: str, today: date = TODAY) -> Actor:
        """The actor of this name on a day."""
        with reading(self.engine) as session:
            found = load_actor(session, self.people[name], today)
        assert found is not None
        return found

    def read(self, statement: Any) -> list[Any]:
        """Rows of a statement."""
        with reading(self.engine) as session:
            return list(session.execute(statement).all())

    def case(self, case_id: int) -> Any:
        """The columns of a case."""
        return self.read(select(*Case.__table__.columns).where(Case.id == case_id))[0]

    def errand(
        self,
        *,
        signers: tuple[str, ...] = ("cat", "dev"),
        in_order: bool = False,
        parcels: tuple[int, ...] = (),
        weight: int = 1,
        outcome: str = "good",
        wanted_on: date | None = date(2026, 3, 12),
        title: str = "Fetch the post",
        scope: str | None = None,
        now: datetime = NOW,
        key: str | None = None,
    ) -> int:
        """A new errand of ann's; a signer named `team` is the checkers' post."""
        return int(
            self.run(
                create,
                self.actor("ann"),
                self.new_errand(signers, in_order, parcels, weight, outcome, wanted_on, title, scope),
                now=now,
                key=key,
            )
        )

    def new_errand(
        self,
        signers: tuple[str, ...] = ("cat", "dev"),
        in_order: bool = False,
        parcels: tuple[int, ...] = (),
        weight: int = 1,
        outcome: str = "good",
        wanted_on: date | None = date(2026, 3, 12),
        title: str = "Fetch the post",
        scope: str | None = None,
    ) -> NewCase:
        """What `errand` makes."""
        p, posts = self.people, self.posts
        roles: list[tuple[str, int | None, int | None, int | None]] = [
            ("owner", p["ann"], None, None),
            ("helper", p["ben"], None, None),
            ("clerk", None, posts["clerk"], None),
            ("chair", p["gus"], None, None),
        ]
        for part, who in enumerate(signers, 1):
            roles.append(("asked", None, posts["checkers"], part) if who == "team" else ("asked", p[who], None, part))
        return NewCase(
            "errand",
            title,
            scope=scope,
            roles=roles,
            facts=lambda case_id: [
                ErrandFacts(
                    case_id=case_id,
                    words="Fetch it",
                    weight=weight,
                    outcome=outcome,
                    wanted_on=wanted_on,
                    in_order=in_order,
                ),
                *(ErrandParcel(case_id=case_id, parcel_id=p) for p in parcels),
            ],
        )

    def parcel(self, owner: str = "ann") -> int:
        """A new parcel."""
        roles = [("owner", self.people[owner], None, None), ("clerk", None, self.posts["clerk"], None)]
        return int(self.run(create, self.actor("ann"), NewCase("parcel", "A parcel", roles=roles), now=NOW))

    def deputise(self, deputy: str, person: str, days: int = 30) -> None:
        """`deputy` may act for `person` from today on."""

        def command(session: Session) -> None:
            session.add(
                Deputy(
                    person_id=self.people[person],
                    deputy_id=self.people[deputy],
                    from_on=TODAY,
                    to_on=TODAY + timedelta(days=days),
                )
            )

        self.run(command)

    def grant(self, name: str, role: str, scope_kind: str = "organisation", scope_id: int | None = None) -> None:
        """Grant a role."""

        def command(session: Session) -> None:
            session.add(
                Grant(person_id=self.people[name], role=role, scope_kind=scope_kind, scope_id=scope_id, from_on=TODAY)
            )

        self.run(command)


def make_town(engine: Engine) -> Town:
    """Create the tables and the people in a migrated database."""
    town = Town(engine)

    def people(session: Session) -> None:
        for name in PEOPLE:
            person = Person(name=name, email=f"{name}@example.org", created_at=NOW)
            session.add(person)
            session.flush()
            town.people[name] = person.id
        for code, holders in {"clerk": ("flo",), "checkers": ("cat", "dev")}.items():
            post = Post(code=f"town_{code}", name=code.title())
            session.add(post)
            session.flush()
            town.posts[code] = post.id
            for name in holders:
                session.add(PostHolding(post_id=post.id, person_id=town.people[name], from_on=date(2020, 1, 1)))

    with engine.execution_options(writes=True).begin() as connection:
        TownBase.metadata.create_all(connection)
    town.run(people)
    return town


def find_town(engine: Engine) -> Town:
    """The town that another process made."""
    town = Town(engine)
    town.people = {name: i for i, name in town.read(select(Person.id, Person.name))}
    town.posts = {code.removeprefix("town_"): i for i, code in town.read(select(Post.id, Post.code))}
    return town
