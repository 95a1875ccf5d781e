"""Money: years, the balanced entries that make limits and the commissioning budget, virements, actuals, grants.

An entry moves an amount from one account to another, so what is balanced is balanced by its form: the sum of cash
limits and pot equals the sum of baselines, always (BR-22). All amounts are whole pence.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    CaseKey,
    CaseRef,
    Code,
    DrawnKey,
    Key,
    PersonRef,
    PostRef,
    UnitRef,
    one_of,
)
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.units import Function, Unit

ACCOUNTS = ("baseline", "limit", "pot")
ENTRY_KINDS = ("baseline", "saving", "virement", "decision", "correction")
UNFENCED = "any"
"""The purpose of a grant that is not ring-fenced (LG-24)."""
ENDINGS = ("absorbed", "ended")
WAYS = ("direct_payment", "lead_professional", "notional")


class BudgetYear(Base):
    """A financial year. Its case's lock is the one lock under which its money moves."""

    __tablename__ = "budget_years"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates"),
        CheckConstraint("saving_basis_points BETWEEN 0 AND 10000", name="saving"),
    )

    case_id: Mapped[CaseKey]
    label: Mapped[str] = mapped_column(unique=True)
    starts_on: Mapped[date] = mapped_column(unique=True)
    ends_on: Mapped[date]
    finance_post_id: Mapped[PostRef]
    director_post_id: Mapped[PostRef]
    outturn_on: Mapped[date]
    """The day by which the year is to be closed."""
    saving_basis_points: Mapped[int] = mapped_column(default=600)
    """Efficiency saving that makes the commissioning budget, in hundredths of a per cent (6 %: BR-21)."""
    director_from_pence: Mapped[int] = mapped_column(BigInteger, default=10_000_000)
    """Virements of this much and more go to the director (default 100,000 pounds)."""
    board_from_pence: Mapped[int] = mapped_column(BigInteger, default=50_000_000)
    """Virements of this much and more need a board's decision (default 500,000 pounds)."""
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)


class MoneyEntry(Base):
    """An amount that left one account and came to another. `baseline` is where money comes from: it and a limit, or it
    and the pot, grow together. Append-only: a correction is an entry of its own."""

    __tablename__ = "money_entries"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount"),
        CheckConstraint(one_of("kind", *ENTRY_KINDS), name="kind"),
        CheckConstraint(one_of("from_account", *ACCOUNTS), name="from_account"),
        CheckConstraint(one_of("to_account", *ACCOUNTS), name="to_account"),
        CheckConstraint("(from_account = 'pot') = (from_unit_id IS NULL)", name="from_unit"),
        CheckConstraint("(to_account = 'pot') = (to_unit_id IS NULL)", name="to_unit"),
        CheckConstraint(
            "from_account <> to_account OR (from_account = 'limit' AND from_unit_id <> to_unit_id)", name="moves"
        ),
        CheckConstraint("corrects_id IS NULL OR kind = 'correction'", name="corrects"),
        Index("ix_money_entries_year", "year_id", "id"),
        Index("ix_money_entries_from", "from_unit_id", "year_id"),
        Index("ix_money_entries_to", "to_unit_id", "year_id"),
    )

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    kind: Mapped[Code]
    from_account: Mapped[Code]
    from_unit_id: Mapped[UnitRef | None]
    to_account: Mapped[Code]
    to_unit_id: Mapped[UnitRef | None]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(default="")
    source_id: Mapped[CaseRef | None]
    """The virement or decision that it carries out."""
    corrects_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("money_entries.id"), index=True)
    """The entry that it takes back, whole or in part."""
    entered_by_id: Mapped[PersonRef | None]
    entered_at: Mapped[datetime]


class Virement(Base):
    """Money that is to go from one cash limit (None: the commissioning budget) to another."""

    __tablename__ = "virements"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount"),
        CheckConstraint("from_unit_id IS NOT NULL OR to_unit_id IS NOT NULL", name="somewhere"),
        CheckConstraint("from_unit_id IS NULL OR to_unit_id IS NULL OR from_unit_id <> to_unit_id", name="moves"),
        CheckConstraint(
            "approved_by_id IS NULL OR proposed_by_id IS NULL OR approved_by_id <> proposed_by_id", name="own_work"
        ),
    )

    case_id: Mapped[CaseKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"), index=True)
    from_unit_id: Mapped[UnitRef | None] = mapped_column(index=True)
    to_unit_id: Mapped[UnitRef | None] = mapped_column(index=True)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str]
    proposed_by_id: Mapped[PersonRef | None]
    approved_by_id: Mapped[PersonRef | None]

    case: Mapped[Case] = relationship(viewonly=True)
    from_unit: Mapped[Unit | None] = relationship(foreign_keys="Virement.from_unit_id", viewonly=True)
    to_unit: Mapped[Unit | None] = relationship(foreign_keys="Virement.to_unit_id", viewonly=True)


class BudgetLine(Base):
    """A line of a unit's budget in a year, by the ledger's code. Income lines are negative."""

    __tablename__ = "budget_lines"
    __table_args__ = (UniqueConstraint("year_id", "unit_id", "code"),)

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    position: Mapped[int]
    code: Mapped[Code]
    name: Mapped[str]
    budget_pence: Mapped[int] = mapped_column(BigInteger)
    is_fixed_cost: Mapped[bool] = mapped_column(default=False)
    profile: Mapped[str] = mapped_column(default="")
    """Pence for each of the twelve months, joined by commas; "" for equal shares."""
    last_year: Mapped[str] = mapped_column(default="")
    """What was spent in each month of the year before, as `profile`."""


class LedgerImport(Base):
    """One file of actuals and commitments to the end of a month. The same file twice is one import."""

    __tablename__ = "ledger_imports"
    __table_args__ = (
        UniqueConstraint("year_id", "period_on", "sha256"),
        Index("ix_ledger_imports_period", "period_on"),
    )

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    period_on: Mapped[date]
    """The first day of the month that it reports."""
    file_name: Mapped[str]
    sha256: Mapped[Code]
    total_pence: Mapped[int] = mapped_column(BigInteger)
    control_pence: Mapped[int] = mapped_column(BigInteger)
    """The ledger's own total; the two agree before the period is released."""
    imported_by_id: Mapped[PersonRef]
    imported_at: Mapped[datetime]


class LedgerLine(Base):
    """Actual spending in the month and to its end, and what is committed, on one budget line."""

    __tablename__ = "ledger_lines"
    __table_args__ = (UniqueConstraint("import_id", "line_id"),)

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_imports.id"))
    line_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_lines.id"), index=True)
    actual_pence: Mapped[int] = mapped_column(BigInteger)
    """From the year's start to the end of the month."""
    month_pence: Mapped[int] = mapped_column(BigInteger)
    commitment_pence: Mapped[int] = mapped_column(BigInteger, default=0)


class Period(Base):
    """A month whose money part finance has released; until then returns cannot enter theirs."""

    __tablename__ = "periods"
    __table_args__ = (UniqueConstraint("year_id", "period_on"),)

    id: Mapped[Key]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    period_on: Mapped[date]
    import_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_imports.id"))
    released_by_id: Mapped[PersonRef]
    released_at: Mapped[datetime]


class Allocation(Base):
    """What of the commissioning budget is set aside for a purpose, until a day (BR-23)."""

    __tablename__ = "allocations"
    __table_args__ = (CheckConstraint("amount_pence > 0", name="amount"),)

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"), index=True)
    purpose: Mapped[str]
    priority: Mapped[str]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    ends_on: Mapped[date]
    spent_pence: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(default=1)


class FundingGrant(Base):
    """Money from outside with conditions; a purpose lock refuses other spending (BR-26, LI-17). How it ended: absorbed
    into the base of its unit, or ended with what becomes of what it paid for (LG-24)."""

    __tablename__ = "funding_grants"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount"),
        CheckConstraint("ended_how IS NULL OR " + one_of("ended_how", *ENDINGS), name="ended_how"),
        CheckConstraint("(ended_how IS NULL) = (ended_on IS NULL)", name="ended_on"),
        CheckConstraint("(ended_how IS NULL) = (destination IS NULL)", name="destination"),
        CheckConstraint("absorbed_pence >= 0 AND absorbed_pence <= amount_pence", name="absorbed"),
        CheckConstraint(
            f"absorbed_pence = 0 OR (ended_how = 'absorbed' AND purpose = '{UNFENCED}' AND unit_id IS NOT NULL)",
            name="fence",
        ),
        UniqueConstraint("id", "purpose"),
    )

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef | None] = mapped_column(index=True)
    name: Mapped[str]
    funder: Mapped[str]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    conditions: Mapped[str] = mapped_column(default="")
    purpose: Mapped[Code]
    """The one purpose that it may be spent on (for example `trial`); UNFENCED for any."""
    withdrawal_risk: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ended_how: Mapped[Code | None]
    ended_on: Mapped[date | None]
    """The first day on which nothing is spent out of it any more."""
    destination: Mapped[Code | None]
    """What becomes of what it paid for: who pays then, or that it stops."""
    destination_note: Mapped[str] = mapped_column(default="")
    absorbed_pence: Mapped[int] = mapped_column(BigInteger, default=0)
    """What of it came into its unit's baseline and cash limit."""
    version: Mapped[int] = mapped_column(default=1)


class GrantSpending(Base):
    """Spending out of a grant, for its purpose: the database knows no spending for another one while it is
    ring-fenced."""

    __tablename__ = "grant_spendings"
    __table_args__ = (
        CheckConstraint("amount_pence > 0", name="amount"),
        CheckConstraint(f"purpose = '{UNFENCED}' OR spent_for = purpose", name="ring_fence"),
        ForeignKeyConstraint(
            ["grant_id", "purpose"], ["funding_grants.id", "funding_grants.purpose"], onupdate="CASCADE"
        ),
    )

    id: Mapped[Key]
    grant_id: Mapped[int] = mapped_column(BigId, index=True)
    purpose: Mapped[Code]
    """The grant's purpose; it follows when a ring-fence is lifted."""
    spent_for: Mapped[Code]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    spent_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    entered_by_id: Mapped[PersonRef]


class Pool(Base):
    """A function that several organisations pay for together in a year, and who holds the money (LG-14)."""

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("year_id", "function_id"), CheckConstraint("amount_pence > 0", name="amount"))

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    function_id: Mapped[int] = mapped_column(BigId, ForeignKey("functions.id"), index=True)
    holder_id: Mapped[UnitRef] = mapped_column(index=True)
    """The organisation that holds the money."""
    cycle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cycles.case_id"), index=True)
    """The cycle in which it is commissioned (LI-30)."""
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    saves: Mapped[str] = mapped_column(default="")
    """What duplication of people, buildings and assets it ends."""
    version: Mapped[int] = mapped_column(default=1)

    function: Mapped[Function] = relationship(viewonly=True)
    holder: Mapped[Unit] = relationship(viewonly=True)
    shares: Mapped[list[PoolShare]] = relationship(viewonly=True, order_by="PoolShare.position")


class PoolShare(Base):
    """What an organisation bears of a pooled function; the shares of a pool come to 10,000."""

    __tablename__ = "pool_shares"
    __table_args__ = (
        UniqueConstraint("pool_id", "unit_id"),
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="basis_points"),
        CheckConstraint("amount_pence >= 0", name="amount"),
    )

    id: Mapped[Key]
    pool_id: Mapped[int] = mapped_column(BigId, ForeignKey("pools.id"))
    position: Mapped[int]
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    basis_points: Mapped[int]
    """Hundredths of a per cent."""
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    """Its share of the whole, by largest remainder: the shares come to the whole, to the penny."""

    unit: Mapped[Unit] = relationship(viewonly=True)


class PersonalBudget(Base):
    """Money of a unit's cash limit that a family, or the lead professional who holds it for them, decides on (LG-23).

    The family is a reference that says nothing of who they are.
    """

    __tablename__ = "personal_budgets"
    __table_args__ = (
        UniqueConstraint("unit_id", "year_id", "family"),
        CheckConstraint("amount_pence > 0", name="amount"),
        CheckConstraint("paid_pence BETWEEN 0 AND amount_pence", name="paid"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint(one_of("way", *WAYS), name="way"),
        CheckConstraint("way <> 'lead_professional' OR lead_id IS NOT NULL", name="lead"),
    )

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"), index=True)
    family: Mapped[Code]
    way: Mapped[Code]
    lead_id: Mapped[PersonRef | None]
    """The budget-holding lead professional."""
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    paid_pence: Mapped[int] = mapped_column(BigInteger, default=0)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[Person | None] = relationship(viewonly=True)


class Demand(Base):
    """What is bought with a budget line and how much of it is planned for the year (LG-01, LG-09)."""

    __tablename__ = "demands"
    __table_args__ = (
        UniqueConstraint("line_id", "name"),
        CheckConstraint("planned > 0", name="planned"),
        CheckConstraint("benchmark_pence IS NULL OR benchmark_pence > 0", name="benchmark"),
    )

    id: Mapped[DrawnKey]
    line_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_lines.id"))
    name: Mapped[str]
    counted_in: Mapped[str]
    """What one unit of it is: a week, a place, a journey."""
    planned: Mapped[int]
    is_volatile: Mapped[bool] = mapped_column(default=False)
    """High spending that demand leads: it is watched (LG-08)."""
    benchmark_pence: Mapped[int | None] = mapped_column(BigInteger)
    """What one costs elsewhere."""
    benchmark_source: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    line: Mapped[BudgetLine] = relationship(viewonly=True)


class DemandCount(Base):
    """How many were bought from the year's start to the end of a month."""

    __tablename__ = "demand_counts"
    __table_args__ = (UniqueConstraint("demand_id", "period_on"), CheckConstraint("count >= 0", name="count"))

    id: Mapped[Key]
    demand_id: Mapped[int] = mapped_column(BigId, ForeignKey("demands.id"))
    period_on: Mapped[date]
    count: Mapped[int]
