"""Organisations that work to a specification, how they are set up and sized, and who does which function."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    BodyRef,
    CaseKey,
    Code,
    DrawnKey,
    Key,
    PersonRef,
    PostRef,
    UnitRef,
    one_of,
)
from commissioning.models.cases import Case
from commissioning.models.people import Post

UNIT_KINDS = ("council", "core", "business", "partner", "third_sector", "school", "centre", "expert")
PARTNER_KINDS = ("council", "partner", "third_sector")
"""Those that are asked as partners of a plan (NY-35)."""


class Unit(Base):
    """An organisation of any kind; whoever provides is treated by one process (BR-06, BR-07).

    Its posts are its parts in its own case and in the case of each of its returns, specifications and meetings.
    """

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("name", "kind"),
        CheckConstraint(one_of("kind", *UNIT_KINDS), name="kind"),
        CheckConstraint("to_on IS NULL OR from_on IS NULL OR to_on >= from_on", name="dates"),
        CheckConstraint("fte_hundredths >= 0", name="fte"),
    )

    case_id: Mapped[CaseKey]
    name: Mapped[str]
    kind: Mapped[Code]
    core_group: Mapped[str] = mapped_column(default="")
    """Of a core unit: strategy leaders, directorate or support, as the council draws its core (BR-03). Of a partner:
    whether it is a core contributor, in the council's own words (NY-35)."""
    area: Mapped[str] = mapped_column(default="")
    remit: Mapped[str] = mapped_column(default="")
    core_unit_id: Mapped[UnitRef | None]
    """The core unit that commissions it, where one does; like-named units stand on both sides."""
    head_post_id: Mapped[PostRef]
    strategy_post_id: Mapped[PostRef]
    finance_post_id: Mapped[PostRef]
    commissioner_post_id: Mapped[PostRef]
    """The team that commissions it: sets it up, brings its specifications into force."""
    director_post_id: Mapped[PostRef]
    """Whom it goes to when something is late."""
    board_id: Mapped[BodyRef | None]
    """The board that it answers to: what its monitoring escalates goes there."""
    working_plan: Mapped[str] = mapped_column(default="")
    """The unit's own; nobody outside the unit reads it (BR-16)."""
    fte_hundredths: Mapped[int] = mapped_column(default=0)
    """Full-time people that work in it, in hundredths: of the core units the register of BR-04."""
    live_on: Mapped[date | None]
    """The day on which it is to go live."""
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    head_post: Mapped[Post] = relationship(foreign_keys="Unit.head_post_id", viewonly=True)
    strategy_post: Mapped[Post] = relationship(foreign_keys="Unit.strategy_post_id", viewonly=True)
    finance_post: Mapped[Post] = relationship(foreign_keys="Unit.finance_post_id", viewonly=True)


class UnitName(Base):
    """A name that a unit had before, until the day on which it was given another; what was said under it stays so."""

    __tablename__ = "unit_names"

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    name: Mapped[str]
    until_on: Mapped[date]
    """The first day of the next name."""
    reason: Mapped[str]


class UnitSuccession(Base):
    """A unit that took over from another by a merger or a split; each keeps its own history."""

    __tablename__ = "unit_successions"
    __table_args__ = (
        UniqueConstraint("from_unit_id", "to_unit_id"),
        CheckConstraint(one_of("how", "merge", "split"), name="how"),
        CheckConstraint("from_unit_id <> to_unit_id", name="moves"),
    )

    id: Mapped[Key]
    from_unit_id: Mapped[UnitRef]
    to_unit_id: Mapped[UnitRef] = mapped_column(index=True)
    how: Mapped[Code]
    from_on: Mapped[date]
    """The day from which the successor does it; the predecessor's last day is the same."""

    from_unit: Mapped[Unit] = relationship(foreign_keys="UnitSuccession.from_unit_id", viewonly=True)
    to_unit: Mapped[Unit] = relationship(foreign_keys="UnitSuccession.to_unit_id", viewonly=True)


class SetupTemplate(Base):
    """One step of the process by which units are set up (BR-38); a council may have another list."""

    __tablename__ = "setup_templates"

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(default="")
    is_per_unit: Mapped[bool]
    is_gate: Mapped[bool] = mapped_column(default=False)
    """A unit does not go live before this is signed off."""
    depends_on: Mapped[str] = mapped_column(default="")
    """Numbers of the steps that are signed off first, joined by commas; each is lower than this one."""
    owner: Mapped[Code] = mapped_column(default="commissioner")
    """Which post of the unit does it; of the programme it is the team that commissions."""
    approver: Mapped[Code] = mapped_column(default="director")
    working_days: Mapped[int] = mapped_column(default=20)
    """Due so many working days after the set-up began."""


class SetupStep(Base):
    """A step of the set-up, of one unit or of the whole programme (`unit_id` None)."""

    __tablename__ = "setup_steps"
    __table_args__ = (
        Index("uq_setup_steps_unit", "unit_id", "number", unique=True),
        Index(
            "uq_setup_steps_programme",
            "number",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
    )

    case_id: Mapped[CaseKey]
    unit_id: Mapped[UnitRef | None]
    number: Mapped[int]
    step_due_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(default="")
    submitted_by_id: Mapped[PersonRef | None]

    case: Mapped[Case] = relationship(viewonly=True)
    unit: Mapped[Unit | None] = relationship(viewonly=True)


class Sizing(Base):
    """One calculation of a unit's staffing; frozen, it is not changed any more (BR-27 to BR-29)."""

    __tablename__ = "sizings"
    __table_args__ = (
        CheckConstraint("productive_days > 0 AND support_ratio > 0", name="settings"),
        CheckConstraint("months BETWEEN 1 AND 12", name="months"),
        CheckConstraint(
            "(year_id IS NULL) = (frozen_on IS NULL) AND (year_id IS NULL) = (frozen_limit_pence IS NULL)",
            name="frozen",
        ),
        Index("ix_sizings_unit", "unit_id", "made_at"),
        Index("uq_sizings_frozen", "unit_id", "year_id", unique=True),
    )

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef]
    title: Mapped[str]
    productive_days: Mapped[int]
    """Productive days of one full-time person in a whole year (172)."""
    support_ratio: Mapped[int]
    """At most one of business support to this many (5)."""
    months: Mapped[int] = mapped_column(default=12)
    """How many months of the year it is for."""
    support_hundredths: Mapped[int] = mapped_column(default=0)
    """Business support that is planned, in hundredths of a full-time person."""
    year_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    """The year for which it is frozen; one run of a unit for each year."""
    frozen_limit_pence: Mapped[int | None] = mapped_column(BigInteger)
    """The unit's cash limit as it stood then: headcount and money are frozen together (BR-29)."""
    frozen_on: Mapped[date | None]
    made_by_id: Mapped[PersonRef]
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list[Volumetric]] = relationship(viewonly=True, order_by="Volumetric.position, Volumetric.id")

    @property
    def is_frozen(self) -> bool:
        """Whether it stands for good."""
        return self.frozen_on is not None


class Volumetric(Base):
    """An activity: how often in the months that the run is for, and how many days each takes (hundredths of a day)."""

    __tablename__ = "volumetrics"
    __table_args__ = (CheckConstraint("volume >= 0 AND day_hundredths >= 0", name="amounts"),)

    id: Mapped[Key]
    sizing_id: Mapped[int] = mapped_column(BigId, ForeignKey("sizings.id"), index=True)
    position: Mapped[int]
    activity: Mapped[str]
    volume: Mapped[int]
    day_hundredths: Mapped[int]


class Function(Base):
    """A generic function: something that exactly one unit does, in each area (BR-31)."""

    __tablename__ = "functions"

    id: Mapped[DrawnKey]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")


class FunctionHolding(Base):
    """Who does a function in an area ("" for everywhere), from a day to a day; one active holder, by the database."""

    __tablename__ = "function_holdings"
    __table_args__ = (
        Index(
            "uq_function_holdings_active",
            "function_id",
            "area",
            unique=True,
            sqlite_where=text("to_on IS NULL"),
            postgresql_where=text("to_on IS NULL"),
        ),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="dates"),
    )

    id: Mapped[Key]
    function_id: Mapped[int] = mapped_column(BigId, ForeignKey("functions.id"))
    area: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship(viewonly=True)
    function: Mapped[Function] = relationship(viewonly=True)


class Duplication(Base):
    """Two or more units that seem to do the same; one is designated, and what that saves is entered (BR-32)."""

    __tablename__ = "duplications"

    case_id: Mapped[CaseKey]
    function_name: Mapped[str]
    area: Mapped[str] = mapped_column(default="")
    function_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("functions.id"))
    suspicion: Mapped[str] = mapped_column(default="")
    """Why it is suspected: by similar names, or by whom."""
    criteria: Mapped[str] = mapped_column(default="")
    statements_on: Mapped[date | None]
    """The day by which the units state their case."""
    designated_unit_id: Mapped[UnitRef | None]
    designated_by_id: Mapped[PersonRef | None]
    benefit_pence: Mapped[int | None] = mapped_column(BigInteger)
    benefit_fte_hundredths: Mapped[int | None]
    virement_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("virements.case_id"))

    case: Mapped[Case] = relationship(viewonly=True)
    claims: Mapped[list[Claimant]] = relationship(viewonly=True, order_by="Claimant.id")


class Claimant(Base):
    """A unit that seems to do it, and its statement: the core and the unit read it until one is designated."""

    __tablename__ = "claimants"
    __table_args__ = (UniqueConstraint("duplication_id", "unit_id"),)

    id: Mapped[Key]
    duplication_id: Mapped[int] = mapped_column(BigId, ForeignKey("duplications.case_id"))
    unit_id: Mapped[UnitRef]
    statement: Mapped[str] = mapped_column(default="")
    stated_by_id: Mapped[PersonRef | None]
    stated_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(viewonly=True)
