"""The declarative base and the column types that all tables share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on both engines (SQLite itself drops the zone). A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables of the service."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime, int: BigId, str: Text}  # noqa: RUF012 - SQLAlchemy reads it so

    def __repr__(self) -> str:
        key = self.__mapper__.primary_key[0].name
        return f"<{type(self).__name__} {getattr(self, key, None)}>"


Key = Annotated[int, mapped_column(BigId, primary_key=True)]
"""A key drawn by the database."""

DrawnKey = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=False)]
"""A key drawn by `clock.fresh_id` before the row is written."""

Code = Annotated[str, mapped_column(String(64))]
"""A stable code, or a SHA-256 in hex; the words that people read are in `labels`."""

CaseKey = Annotated[int, mapped_column(BigId, ForeignKey("cases.id"), primary_key=True, autoincrement=False)]
CaseRef = Annotated[int, mapped_column(BigId, ForeignKey("cases.id"))]
BodyRef = Annotated[int, mapped_column(BigId, ForeignKey("bodies.case_id"))]
MeetingRef = Annotated[int, mapped_column(BigId, ForeignKey("meetings.case_id"))]
ReportRef = Annotated[int, mapped_column(BigId, ForeignKey("reports.case_id"))]
UnitRef = Annotated[int, mapped_column(BigId, ForeignKey("units.case_id"))]
ReturnRef = Annotated[int, mapped_column(BigId, ForeignKey("returns.case_id"))]
PersonRef = Annotated[int, mapped_column(BigId, ForeignKey("people.id"))]
PostRef = Annotated[int, mapped_column(BigId, ForeignKey("posts.id"))]


def one_of(column: str, *codes: str) -> str:
    """The text of a CHECK or a trigger that a column holds one of these codes.

    They are compared one by one: of a list, SQLite makes a table anew for each row that is written.
    """
    return f"({' OR '.join(f'{column} = {code!r}' for code in codes)})"


def columns(row: Any) -> dict[str, Any]:
    """The column values of a mapped row, for exports and comparisons."""
    return {c.key: getattr(row, c.key) for c in row.__mapper__.column_attrs}
