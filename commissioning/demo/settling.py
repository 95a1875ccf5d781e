"""People and boards of the example council, as an administrator would set them up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert

from commissioning import audit
from commissioning.actors import Actor, system_actor
from commissioning.boards.commands import NewBody, NewMember, add_member, create_body, edit_rules
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.demo.builder import Builder
from commissioning.demo.council import BODIES, DOMAIN, PEOPLE, POSTS, ExampleBody
from commissioning.demo.sources import SourcePaper
from commissioning.demo.units import extra_posts, unit_people, unit_posts
from commissioning.models.bodies import SectionTemplate
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.reports.edition import RECOMMENDATIONS

SPECIALITY_OF = {"legal": "legal", "financial": "finance", "personnel": "hr", "equalities": "equalities"}
_BEGAN = -300
"""Working days ago that everybody began."""


def settle_people(b: Builder) -> None:
    """Everybody, with their posts and roles; a deputy for these days; each on record."""
    began, when = b.day(_BEGAN), b.at(_BEGAN)
    system = system_actor("example council")
    also = extra_posts()
    for post in (*POSTS, *unit_posts()):
        row = Post(
            code=post.code,
            name=post.name,
            kind="team" if post.speciality else "post",
            speciality=post.speciality,
            notice_days=post.notice_days,
            standard_wording=post.standard_wording,
        )
        b.session.add(row)
        b.session.flush()
        b.posts[post.code] = row.id
    for who in (*PEOPLE, *unit_people()):
        person = Person(
            name=who.name,
            email=f"{who.code.replace('_', '.')}@{DOMAIN}",
            job_title=who.what,
            is_example=True,
            created_at=when,
        )
        b.session.add(person)
        b.session.flush()
        b.people[who.code] = person.id
        b.session.add_all(
            PostHolding(post_id=b.posts[p], person_id=person.id, from_on=began)
            for p in (*who.posts, *also.get(who.code, ()))
        )
        b.session.add_all(Grant(person_id=person.id, role=r, from_on=began) for r in who.roles)
        audit.note(b.session, f"person:{person.id}", "person.added", system, when, roles=list(who.roles))
    b.session.add(
        Deputy(
            person_id=b.people["assistant"],
            deputy_id=b.people["resources"],
            from_on=b.day(-3),
            to_on=b.day(12),
            reason="Annual leave",
        )
    )
    b.session.flush()
    b.session.expunge_all()


def settle_boards(b: Builder, papers: dict[str, SourcePaper]) -> None:
    """Every board with its members; the three boards of the source papers have those papers' own headings."""
    for body in BODIES:
        _settle_board(b, body)
    hears = {"scrutiny_id": b.bodies["scrutiny"]}
    b.do("administrator", b.at(_BEGAN, 12), edit_rules, b.bodies["cabinet"], hears)
    for code, paper in (("partnership", papers["LI"]), ("trust", papers["NY"]), ("scrutiny", papers["BR"])):
        _own_headings(b, b.bodies[code], paper)


def _settle_board(b: Builder, body: ExampleBody) -> None:
    when = b.at(_BEGAN, 11) if body.is_sitting else b.at(-30, 11)
    new = NewBody(
        body.name,
        body.kind,
        b.posts[body.clerk],
        b.posts[body.chair],
        short_name=body.short_name,
        remit=body.remit,
        parent_id=b.bodies[body.parent] if body.parent else None,
        is_sitting=body.is_sitting,
    )
    b.bodies[body.code] = b.do("administrator", when, create_body, new)
    for person, organisation, is_voting in body.members:
        member = NewMember(b.people[person], b.day(_BEGAN), organisation=organisation, is_voting=is_voting)
        b.do("administrator", when + timedelta(minutes=10), add_member, b.bodies[body.code], member)


def _own_headings(b: Builder, body_id: int, paper: SourcePaper) -> None:
    """Put the headings of a source paper in place of those that the kind of body begins with."""
    rows: list[dict[str, Any]] = [
        {
            "body_id": body_id,
            "position": position,
            "key": section.key,
            "heading": section.heading,
            "kind": section.kind,
            "speciality": SPECIALITY_OF.get(section.implication or ""),
            "hint": "“None, because ...” is an answer; blank is not." if section.kind == "implication" else "",
            "is_required": section.key != RECOMMENDATIONS,
        }
        for position, section in enumerate(paper.sections, 1)
    ]

    def change(context: Context) -> None:
        context.session.execute(delete(SectionTemplate).where(SectionTemplate.body_id == body_id))
        context.session.execute(insert(SectionTemplate), rows)
        context.notes["headings"] = [r["heading"] for r in rows]

    def command(session: Any, actor: Actor, *, now: Any) -> None:
        amend(session, actor, body_id, "body.edit", "body.edited", change, now=now)

    b.do("administrator", b.at(_BEGAN, 12), command)
