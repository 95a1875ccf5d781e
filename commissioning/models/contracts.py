"""The council's contracts: with whom, for how much, until when, what can be extended, what follows (product.md, 2)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseKey, Code, UnitRef, one_of
from commissioning.models.cases import Case
from commissioning.models.units import Unit

REACHED = ("", "notice", "gate", "tender", "award", "mobilisation")
"""How far what follows has come: the last of these things that is done, in their order; "" for none."""
NOTICE_IN = ("months", "working_days")


class Contract(Base):
    """One contract of the council's register. Who manages it is a role in its case; its title is the case's."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("(provider_unit_id IS NULL) <> (provider_name = '')", name="provider"),
        CheckConstraint("value_pence >= 0 AND yearly_pence >= 0", name="value"),
        CheckConstraint("extensions_left >= 0 AND extension_months >= 0 AND notice >= 0", name="numbers"),
        CheckConstraint("extensions_left = 0 OR extension_months > 0", name="extension"),
        CheckConstraint(one_of("notice_in", *NOTICE_IN), name="notice_in"),
        CheckConstraint(one_of("reached", *REACHED), name="reached"),
        Index("ix_contracts_cycle", "cycle_id"),
        Index("ix_contracts_ends", "ends_on", "case_id"),
    )

    case_id: Mapped[CaseKey]
    number: Mapped[str] = mapped_column(unique=True)
    """The reference of the council's own register: what an import knows a contract by."""
    provider_unit_id: Mapped[UnitRef | None] = mapped_column(index=True)
    provider_name: Mapped[str] = mapped_column(default="")
    """The provider in words, where it is no organisation of the register of units."""
    cycle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cycles.case_id"))
    """The cycle that commissions what comes after it."""
    value_pence: Mapped[int | None] = mapped_column(BigInteger)
    """For the whole term, extensions left out."""
    yearly_pence: Mapped[int | None] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day; each extension moves it."""
    extensions_left: Mapped[int] = mapped_column(default=0)
    extension_months: Mapped[int] = mapped_column(default=0)
    """How many months each extension is."""
    notice: Mapped[int] = mapped_column(default=0)
    notice_in: Mapped[Code] = mapped_column(default="months")
    decide_on: Mapped[date | None]
    """The last day to decide what follows, where the contract names it; else it is counted from end and notice."""
    reached: Mapped[Code] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    provider_unit: Mapped[Unit | None] = relationship(viewonly=True)

    @property
    def provider(self) -> str:
        """The provider by name."""
        return self.provider_unit.name if self.provider_unit is not None else self.provider_name
