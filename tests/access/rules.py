"""The rules of access asked directly, without a page between: what differs from the tables, in words; nothing is good.

Quick enough to be asked again for every mutant: `seen` of the predicates of visibility, `barred` of the policy. What
each view declares is asked in `gates`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commissioning import visibility
from commissioning.actors import Actor, Identity, load_actor
from commissioning.casework.errors import NotFound
from commissioning.db import reading
from commissioning.models.cases import Case
from commissioning.models.library import Assessment
from commissioning.models.monitoring import Escalation
from commissioning.models.specifications import Package
from commissioning.models.units import Claimant, Unit
from commissioning.policy import ACTIONS, BARRED, GLOBAL_ACTIONS, Party, identity_for, may_globally
from tests.access import expected
from tests.access.expected import EVERYBODY, may_know, may_read_word, may_see_unit
from tests.access.site import LIVES_AT, Site
from workflows.registry import Refusal

TODAY = LIVES_AT.date()
_BY_UNIT = {
    "specification": "SELECT case_id, unit_id FROM specifications",
    "return": "SELECT case_id, unit_id FROM returns",
    "monitoring_meeting": "SELECT case_id, unit_id FROM monitoring_meetings",
    "setup_step": "SELECT case_id, unit_id FROM setup_steps",
    "virement": "SELECT case_id, to_unit_id FROM virements",
    "duplication": "SELECT case_id, NULL FROM duplications",
    "budget_year": "SELECT case_id, NULL FROM budget_years",
    "unit": "SELECT case_id, NULL FROM units",
    "body": "SELECT case_id, NULL FROM bodies",
    "action": "SELECT case_id, unit_id FROM actions",
    "partner_return": "SELECT case_id, unit_id FROM partner_returns",
}


def seen(site: Site) -> Iterator[str]:
    """For everybody and every kind of case: exactly those that the tables say are seen."""
    with reading(site.world.council.engine) as session:
        wanted = _wanted(site, session)
        for who in EVERYBODY:
            actor = Actor(None) if who == "nobody" else load_actor(session, site.world.people[who], TODAY)
            assert actor is not None
            for kind, may in wanted.items():
                query = select(Case.id).where(visibility.visible(actor, kind, TODAY))
                found = set(session.scalars(query))
                right = {case_id for case_id, people in may.items() if who in people}
                if found != right:
                    yield f"{who} sees {len(found - right)} of kind {kind} too many, {len(right - found)} too few"
                for case_id in list(may)[:3]:
                    if visibility.may_see(session, actor, case_id, kind, TODAY) != (case_id in right):
                        yield f"{who}, {kind} asked alone: other than {case_id in right}"
                    for named in (kind, None):
                        if _is_got(session, actor, case_id, named) != (case_id in right):
                            yield f"{who}, {kind} fetched alone: other than {case_id in right}"
            yield from _parts(site, session, actor, who)
        yield from _of_the_service(session, wanted)


def _of_the_service(session: Session, wanted: dict[str, dict[int, set[str]]]) -> Iterator[str]:
    """The service itself sees everything: what it is not shown, nobody would be reminded of."""
    service = Actor(None, system="test")
    for kind, cases in wanted.items():
        if set(session.scalars(select(Case.id).where(visibility.visible(service, kind, TODAY)))) != cases.keys():
            yield f"the service does not see all of kind {kind}"
    parts = {
        Package: visibility.packages(service),
        Claimant: visibility.statements(service, TODAY),
        Assessment: visibility.assessments(service, TODAY),
        Case: visibility.may_read_secret(service, TODAY),
    }
    for table, predicate in parts.items():
        if session.scalar(select(func.count()).select_from(table).where(~predicate)):
            yield f"the service does not see every {table.__name__}"


def _is_got(session: Session, actor: Actor, case_id: int, kind: str | None) -> bool:
    try:
        visibility.get_case(session, actor, case_id, TODAY, kind)
    except NotFound:
        return False
    return True


def _wanted(site: Site, session: Session) -> dict[str, dict[int, set[str]]]:
    """Who sees each case, by kind, from the tables."""
    world, signed_in = site.world, set(EVERYBODY) - {"nobody"}
    papers = {
        p.id: {w for w in EVERYBODY if may_know(w, p.exposure, p.secrecy, is_public_body=p.is_public_body)}
        for p in world.papers
    }
    items = session.execute(text("SELECT case_id, report_id FROM agenda_items")).all()
    found = {"report": papers, "agenda_item": {i: papers[report] for i, report in items}}
    found["decision"] = {
        case_id: {w for w in EVERYBODY if expected.may_know_decision(w, exposure, p.facts)}
        for p in world.papers
        for exposure, (case_id, _word) in p.decided.items()
    }
    meetings = session.execute(
        text("SELECT m.case_id, b.meets_in_public FROM meetings m JOIN bodies b ON b.case_id = m.body_id")
    ).all()
    found["meeting"] = {i: signed_in if public else set(expected.OFFICER_MEETING) for i, public in meetings}
    found["meeting"] |= {i: set(expected.OFFICER_BODY) for i in world.units.ids["meeting_empty", 0]}
    numbers = {i: ("unit", n) for n in (1, 2) for i in world.units.ids["unit", n]}
    numbers |= {i: ("newcomer", n) for n in (1, 2) for i in world.units.ids["newcomer", n]}
    numbers |= {i: ("newcomer", n) for n in (1, 2) for i in world.units.ids["partner", n]}
    found |= _of_cycles(site, session)
    for kind, query in _BY_UNIT.items():
        found[kind] = {}
        for case_id, unit in session.execute(text(query)):
            whose = numbers.get(unit, ({"duplication": "both", "budget_year": "year"}.get(kind, "everybody"), 0))
            open_to = {w for w in signed_in if whose[0] == "everybody" or may_read_word(w, *whose)}
            found[kind][case_id] = open_to
    alone = {w for w in signed_in if may_see_unit(w, 1)}
    found["duplication"] |= dict.fromkeys(world.units.ids["duplication", 1], alone)
    found["partner_return"] |= dict.fromkeys(world.units.ids["returned", 1], signed_in)
    found["action"] |= _actions_apart(site)
    return found


def _actions_apart(site: Site) -> dict[int, set[str]]:
    """Actions that are not their body's alone: of a secret decision, of a unit, of a body that meets in private."""
    (facts,) = [p.facts for p in site.world.papers if "secret" in p.decided and p.is_public]
    open_to = {
        "action_secret": {w for w in EVERYBODY if expected.may_know_decision(w, "secret", facts)},
        "action_unit": {"clerk", *(w for w in EVERYBODY if may_see_unit(w, 1))},
        "action_private": set(expected.OFFICER_BODY),
    }
    return {site.world.units.ids[what, 0][0]: people for what, people in open_to.items()}


def _of_cycles(site: Site, session: Session) -> dict[str, dict[int, set[str]]]:
    """Plans, cycles and their outputs; an output that was given to nobody in particular is as one that was kept."""
    signed_in, ids = set(EVERYBODY) - {"nobody"}, site.world.units.ids
    kinds = {"plan": ("plan_draft",), "cycle": ("cycle", "cycle_draft"), "cycle_output": ("output_given",),
             "contract": ("contract",)}  # fmt: skip
    found: dict[str, dict[int, set[str]]] = {}
    for kind, special in kinds.items():
        others = {w for w in signed_in if may_read_word(w, "output_kept", 0)} if kind == "cycle_output" else signed_in
        rows = session.scalars(text("SELECT id FROM cases WHERE kind = :kind"), {"kind": kind})
        found[kind] = dict.fromkeys(rows, others)
        for whose in special:
            found[kind] |= {i: {w for w in signed_in if may_read_word(w, whose, 0)} for i in ids[whose, 0]}
    drafts = {w for w in signed_in if may_read_word(w, "cycle_draft", 0)}
    found["cycle_output"] |= dict.fromkeys(ids["output_draft", 0], drafts)
    return found


def _parts(site: Site, session: Session, actor: Actor, who: str) -> Iterator[str]:
    """What is scoped by its unit or its paper, being no case of its own."""
    units = site.world.units
    packages = set(session.scalars(select(Package.id).where(visibility.packages(actor))))
    for number in (1, 2):
        (package,), (unit,) = units.ids["package", number], units.ids["unit", number]
        if (package in packages) != (may_read_word(who, "newcomer", number) or may_see_unit(who, number)):
            yield f"{who}, package of {number}"
        if visibility.sees_unit(session, actor, unit) != may_see_unit(who, number):
            yield f"{who}, unit {number} itself"
        notes = select(Escalation.id).join(Unit, Unit.case_id == Escalation.unit_id).where(Escalation.unit_id == unit)
        noted = session.scalars(notes.where(visibility.escalations(actor, TODAY))).first() is not None
        if noted != may_read_word(who, "escalation", number):
            yield f"{who}, escalation of {number}"
        said = select(Claimant.statement).where(Claimant.unit_id == unit)
        mine = may_see_unit(who, 1) or may_see_unit(who, 2)  # asked of cases that somebody may see
        texts = session.scalars(said.where(visibility.statements(actor, TODAY))).all() if mine else []
        for word, whose in ((f"zqclaimed{number}", "statement"), (f"zqsettled{number}", "both")):
            if any(word in text for text in texts) != may_read_word(who, whose, number):
                yield f"{who}, statement {word}"
    speaking = select(Claimant.id).where(Claimant.statement == "zqspokenfor")
    heard = session.scalars(speaking.where(visibility.statements(actor, TODAY))).first() is not None
    if heard != (may_read_word(who, "newcomer", 1) and who != "leo"):
        yield f"{who}, statement of a unit for which the leader of both speaks"
    rounds = set(session.scalars(select(Assessment.id).where(visibility.assessments(actor, TODAY))))
    for whose in ("round_open", "round_draft", "round_done"):
        if not units.ids[whose, 0] or (units.ids[whose, 0][0] in rounds) != may_read_word(who, whose, 0):
            yield f"{who}, {whose} of self-assessment"
    for case_id, right in _weighed(site, session, who):
        found = session.scalars(select(Case.id).where(Case.id == case_id, visibility.weighing(actor, TODAY))).first()
        if (found is not None) != right:
            yield f"{who}, what is weighed for {case_id}"
    for paper in site.world.papers:
        query = select(Case.id).where(Case.id == paper.id, visibility.may_read_secret(actor, TODAY))
        if (session.scalars(query).first() is not None) != expected.may_read_secret(who, paper.exposure):
            yield f"{who}, secret of a paper that is {paper.exposure}"


def _weighed(site: Site, session: Session, who: str) -> Iterator[tuple[int, bool]]:
    """Options and consultations: a cycle’s as its outputs; a paper’s for who works on it; a board’s for everybody."""
    ids = site.world.units.ids
    for kind, whose in (("cycle_draft", "cycle_draft"), ("cycle", "output_kept")):
        yield from ((i, may_read_word(who, whose, 0)) for i in ids[kind, 0])
    yield from ((paper.id, who in expected.INSIDERS) for paper in site.world.papers)
    yield from ((i, who != "nobody") for i in session.scalars(text("SELECT case_id FROM bodies")))
    yield from ((i, False) for i in session.scalars(text("SELECT case_id FROM specifications")))


ME, OTHER, SCOPE = 1, 2, "body:7"


def barred() -> Iterator[str]:
    """Separation of duties and the meaning of holding a role: every rule of the table, in every way to stand in it."""
    if {k: set(v) for k, v in BARRED.items()} != {k: set(v) for k, v in expected.BARRED.items()}:
        wrong = {k for k in {*BARRED, *expected.BARRED} if set(BARRED.get(k, ())) != set(expected.BARRED.get(k, ()))}
        yield f"who is barred from {sorted(wrong)}"
    for action, roles in expected.BARRED.items():
        for role in roles:
            yield from _own_work(action, role)
    for name, (by, when) in expected.ACTIONS.items():
        if (set(ACTIONS[name].by), ACTIONS[name].when) != (set(by), when):
            yield f"who may {name}, and when"
    if expected.ACTIONS.keys() ^ ACTIONS.keys():
        yield f"actions that only one of the two tables knows: {sorted(expected.ACTIONS.keys() ^ ACTIONS.keys())}"
    yield from _holding()


def _own_work(action: str, role: str) -> Iterator[str]:
    """Somebody with the barred role, the same through a deputy, and for somebody who has it."""
    me, other = Identity(ME, "Me"), Identity(OTHER, "Other")
    ways = {
        "own work": (Actor(me), [Party("doer", ME, None), Party(role, ME, None)]),
        "for somebody else": (Actor(me, (other,)), [Party("doer", OTHER, None), Party(role, ME, None)]),
        "for somebody whose work it is": (
            Actor(me, (other,)),
            [Party("doer", OTHER, None), Party(role, OTHER, None)],
        ),
    }
    for words, (actor, parties) in ways.items():
        found = identity_for(actor, action, ("doer",), parties, SCOPE)
        if not (isinstance(found, Refusal) and found.code == "own_work"):
            yield f"{action} by {role}: {words} is let through"
    clean = identity_for(Actor(me), action, ("doer",), [Party("doer", ME, None)], SCOPE)
    if clean != me:
        yield f"{action}: who has no part in it is refused"


def _holding() -> Iterator[str]:
    """Holding a role: by name, by post or by a grant that reaches the case; nothing else."""
    plain = Identity(ME, "Me", frozenset({5}))
    held = {
        "by name": ([Party("doer", ME, None)], None, True),
        "by post": ([Party("doer", None, 5)], None, True),
        "another's name": ([Party("doer", OTHER, None)], None, False),
        "another post": ([Party("doer", None, 6)], None, False),
        "another role": ([Party("other", ME, None)], None, False),
        "its part": ([Party("doer", ME, None, 2)], 2, True),
        "another part": ([Party("doer", ME, None, 1)], 2, False),
        "nothing": ([], None, False),
    }
    for words, (parties, part, right) in held.items():
        found = identity_for(Actor(plain), "x.y", ("doer",), parties, SCOPE, part)
        if (found == plain) != right:
            yield f"holding {words}"
    for role, scope in product(("finance", "clerk", "head"), ("organisation", SCOPE, "body:8")):
        granted = Identity(ME, "Me", grants=frozenset({(role, scope)}))
        right = role != "head" and scope in {"organisation", SCOPE}
        if (identity_for(Actor(granted), "x.y", (role,), [], SCOPE) == granted) != right:
            yield f"{role} granted for {scope}"
    for action, roles in expected.OPENERS.items():
        if action in GLOBAL_ACTIONS and set(GLOBAL_ACTIONS[action].by) != set(roles):
            yield f"who may {action}"
        for role in ("administrator", "auditor", "commissioner", "finance", "officer", "director", "clerk", "nobody"):
            granted = Identity(ME, "Me", grants=frozenset({(role, "organisation")}))
            if may_globally(Actor(granted), action) != (role in roles):
                yield f"{role} and {action}"
    if expected.OPENERS.keys() ^ GLOBAL_ACTIONS.keys():
        yield f"of these only one table knows: {sorted(expected.OPENERS.keys() ^ GLOBAL_ACTIONS.keys())}"
