"""People, the posts and teams that they hold, what they are granted, who deputises for whom; how they sign in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, Key, PersonRef, PostRef, one_of
from workflows.london import london_day


class Person(Base):
    """Somebody who can sign in. `authority` moves with every change of password, role or standing: old sessions end."""

    __tablename__ = "people"

    id: Mapped[Key]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    job_title: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_example: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_last_step: Mapped[int | None]
    authority: Mapped[int] = mapped_column(default=1)
    email_immediately: Mapped[bool] = mapped_column(default=False)
    """Every e-mail by itself; else one a day, and by themselves only those that cannot wait (`routing.AT_ONCE`)."""
    created_at: Mapped[datetime]

    holdings: Mapped[list[PostHolding]] = relationship(back_populates="person", viewonly=True)


class Post(Base):
    """A post, or a team: work is asked of it, and whoever holds it on the day does it."""

    __tablename__ = "posts"
    __table_args__ = (CheckConstraint(one_of("kind", "post", "team"), name="kind"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[Code] = mapped_column(default="post")
    speciality: Mapped[Code | None]
    """What a team signs for: legal, finance, hr, equalities."""
    notice_days: Mapped[int] = mapped_column(default=5)
    second_id: Mapped[PostRef | None]
    standard_wording: Mapped[str] = mapped_column(default="")

    holdings: Mapped[list[PostHolding]] = relationship(back_populates="post", viewonly=True)


class PostHolding(Base):
    """Who holds a post from a day to a day, both inclusive."""

    __tablename__ = "post_holdings"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="dates"),
        Index("ix_post_holdings_person", "person_id"),
        Index("ix_post_holdings_post", "post_id"),
    )

    id: Mapped[Key]
    post_id: Mapped[PostRef]
    person_id: Mapped[PersonRef]
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    post: Mapped[Post] = relationship(back_populates="holdings")
    person: Mapped[Person] = relationship(back_populates="holdings")


class Grant(Base):
    """A role for a scope (`organisation`, or one thing by kind and id), to a person, from a day to a day."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="dates"),
        CheckConstraint("(scope_kind = 'organisation') = (scope_id IS NULL)", name="scope"),
        Index("ix_grants_person", "person_id"),
    )

    id: Mapped[Key]
    person_id: Mapped[PersonRef]
    role: Mapped[Code]
    scope_kind: Mapped[Code] = mapped_column(default="organisation")
    scope_id: Mapped[int | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    person: Mapped[Person] = relationship()


class Deputy(Base):
    """`deputy_id` may act for `person_id` on these days, both inclusive; never chained, ends with either account."""

    __tablename__ = "deputies"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="dates"),
        CheckConstraint("person_id <> deputy_id", name="two_people"),
        Index("ix_deputies_deputy", "deputy_id"),
        Index("ix_deputies_person", "person_id"),
    )

    id: Mapped[Key]
    person_id: Mapped[PersonRef]
    deputy_id: Mapped[PersonRef]
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(foreign_keys="Deputy.person_id")
    deputy: Mapped[Person] = relationship(foreign_keys="Deputy.deputy_id")


class SignInSession(Base):
    """A signed-in browser. The cookie holds a random token; only its hash is here."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (Index("ix_sign_in_sessions_person", "person_id"),)

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[PersonRef]
    authority: Mapped[int]
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(default="")


class SignInCode(Base):
    """A six-digit code sent by e-mail; only its hash is kept, and it counts wrong tries."""

    __tablename__ = "sign_in_codes"

    id: Mapped[Key]
    person_id: Mapped[PersonRef] = mapped_column(index=True)
    code_hash: Mapped[str]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class TrustedDevice(Base):
    """A browser that need not enter a code again until `ends_at`."""

    __tablename__ = "trusted_devices"

    id: Mapped[Key]
    person_id: Mapped[PersonRef] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    authority: Mapped[int]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(default="")


class FailedSignIn(Base):
    """One failed try, counted per address and per account for the lockout."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index("ix_failed_sign_ins_subject", "subject", "at"),)

    id: Mapped[Key]
    subject: Mapped[str]
    at: Mapped[datetime]


def _authority_now(context: Any) -> int:
    """The authority that the token's person has as the row is written."""
    person = context.get_current_parameters()["person_id"]
    return int(context.connection.execute(select(Person.authority).where(Person.id == person)).scalar_one())


class ApiToken(Base):
    """A bearer token for the API; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    person_id: Mapped[PersonRef] = mapped_column(index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    authority: Mapped[int] = mapped_column(default=_authority_now)
    """The person's authority when it was made: like a signed-in browser, it ends when that moves on."""
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    @property
    def last_on(self) -> date | None:
        """The last day on which it works."""
        return london_day(self.ends_at - timedelta(seconds=1)) if self.ends_at else None


class CalendarFeed(Base):
    """The secret link to somebody's own calendar; only its hash is kept, and there is one at a time."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("people.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]


class Setting(Base):
    """A local rule that the council changed; what is not here has the default of `settings_table`."""

    __tablename__ = "settings"

    name: Mapped[Code] = mapped_column(primary_key=True)
    value: Mapped[str]


class ClosedDay(Base):
    """A day on which the council (no body) or one body does not work, besides weekends and bank holidays."""

    __tablename__ = "closed_days"
    __table_args__ = (UniqueConstraint("on_day", "body_id"),)

    id: Mapped[Key]
    on_day: Mapped[date]
    name: Mapped[str]
    body_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("bodies.case_id"))


class StoredFile(Base):
    """A file by its content. Stored once, streamed from the database, part of every backup."""

    __tablename__ = "files"

    sha256: Mapped[Code] = mapped_column(primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    text: Mapped[str | None] = mapped_column(deferred=True)
    """Plain words taken out of it, for lints and search; None where there are none to take."""
    added_at: Mapped[datetime]
