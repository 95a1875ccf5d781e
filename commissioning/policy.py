"""Who may do what: the whole table on one page. Deny by default.

A step's roles stand in its definition (`by`); here is what holding a role means, which roles bar each other
(separation of duties), and the actions that are not steps. The page "who can do what" and the access tests are
generated from these tables. What a person may *see* is `visibility`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commissioning.actors import Actor, Identity
from workflows.definition import SYSTEM, State
from workflows.registry import Refusal

ORGANISATION_ROLES = {
    "administrator": "People, roles, bodies, calendars, definitions and the reminder log",
    "auditor": "Reads the audit trail and verifies it; sees events of secret things without their text",
    "director": "Sees every submitted paper, secret ones included",
    "monitoring_officer": "Answers for lawfulness; may act where a body's rules name the post",
    "commissioner": "Tracks cycles, business units and returns",
    "finance": "Sees and enters the money of every business unit",
    "lead_member": "Answers for the service among councillors; reads what is going wrong",
    "officer": "Writes reports",
}
"""Roles that are granted for the organisation; `clerk` and `chair` may be granted for a body besides by post."""

SCOPED_ROLES = ("clerk", "chair")

PAST = {"author": "past_writer", "contributor": "past_writer", "sponsor": "past_sponsor", "owner": "past_owner"}
"""What somebody becomes who gives up a part in which they acted: they see and do nothing by it any more, and stay
barred from what it barred them from."""
PAST_ROLES = tuple(dict.fromkeys(PAST.values()))

BARRED: dict[str, tuple[str, ...]] = {
    "report.sign_off": ("author", "contributor", "sponsor", "past_writer", "past_sponsor"),
    "report.resign": ("author", "contributor", "sponsor", "past_writer", "past_sponsor"),
    "report.take_sign_off": ("author", "contributor", "sponsor", "past_writer", "past_sponsor"),
    "report.submit": ("author", "contributor", "asked", "past_writer"),
    "report.request_clearance": ("sponsor", "past_sponsor"),
    "report.agree_late": ("author", "contributor", "sponsor", "past_writer", "past_sponsor"),
    "report.correct": ("author", "contributor", "sponsor", "asked", "past_writer", "past_sponsor"),
    "action.verify": ("owner", "past_owner"),
    "decision.settle_call_in": ("chair",),
    "report.decide_without_meeting": ("author", "contributor", "sponsor", "asked", "past_writer", "past_sponsor"),
    "setup_step.sign_off": ("owner", "past_owner"),
    "duplication.designate": ("claimant",),
    "duplication.split": ("claimant",),
    "duplication.dismiss": ("claimant",),
    "return.accept": ("head", "contributor"),
    "return.send_back": ("head", "contributor"),
    "partner_return.validate": ("head", "contributor"),
    "partner_return.send_back": ("head", "contributor"),
    "virement.approve": ("proposer",),
    "virement.approve_further": ("proposer",),
}
"""Nobody signs off, sponsors or approves their own work: who holds one of these roles in a case may not take the step,
neither for themselves nor for somebody else, and nobody may take it for them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An action that is not a step: which roles in the case (or granted), in states of which meaning ("" for any), and
    not of which ("" for none)."""

    by: tuple[str, ...]
    words: str
    when: str = ""
    unless: str = ""

    def fits(self, state: State) -> bool:
        """Whether it can be done to a case in this state."""
        return (not self.when or state.has(self.when)) and not (self.unless and state.has(self.unless))


ACTIONS: dict[str, Rule] = {
    "report.edit": Rule(("author", "contributor"), "Write and change the paper", "editable"),
    "report.extend_route": Rule(("clerk",), "Add a further body to the way of a paper that is frozen", "frozen"),
    "report.ask_outside": Rule(
        ("author", "contributor", "clerk"), "Ask an advisory body outside the service for comments", "open"
    ),
    "report.record_outside": Rule(("clerk",), "Record what a body outside the service said", "open"),
    "report.consult": Rule(("author", "contributor"), "Keep a paper’s consultations, also once it is frozen", "open"),
    "report.refresh": Rule(("author",), "Take what is recorded now into its passages", "editable"),
    "case.start_report": Rule(
        ("lead", "commissioner", "proposer", "strategy_leader", "finance_leader", "finance"),
        "Start the report on a gate, a virement or a month that a board is to decide on",
    ),
    "report.name_people": Rule(("author",), "Name contributors, sponsor and signers", "editable"),
    "report.ask_question": Rule(("asked",), "Ask a question about a passage", "open"),
    "report.answer_question": Rule(("author", "contributor", "sponsor", "asked"), "Answer a question", "open"),
    "report.take_sign_off": Rule(("asked",), "Take a sign-off from the team’s queue, or pass it on", "open"),
    "report.sign_elsewhere": Rule(("clerk",), "Record a sign-off given by e-mail, telephone or paper", "open"),
    "report.correct": Rule(("clerk",), "Correct spelling and layout that signers have allowed", "open"),
    "report.give_notice": Rule(
        ("clerk", "other_clerk"), "Give notice of a key decision or of a matter in private, or withdraw it", "open"
    ),
    "report.dispute": Rule(("asked",), "Dispute a sign-off recorded in one's name", "open"),
    "meeting.edit_agenda": Rule(("clerk",), "Order the agenda and list items to follow", "takes_items"),
    "meeting.record_attendance": Rule(("clerk",), "Record who came", "open"),
    "meeting.declare_interest": Rule(("clerk", "member"), "Declare an interest in an item", "open"),
    "meeting.send_apologies": Rule(("member",), "Send one’s own apologies, and say who comes instead", "takes_items"),
    "meeting.ask_officer": Rule(("member", "chair"), "Ask those who present a paper", "open"),
    "report.answer_member": Rule(("author", "contributor", "sponsor"), "Answer a member’s question"),
    "meeting.record_outcome": Rule(("clerk",), "Enter outcomes until they are confirmed", "open"),
    "meeting.edit_minutes": Rule(("clerk",), "Write the minutes", "open"),
    "report.answer_findings": Rule(("clerk",), "Answer what was found in a paper before publication", "frozen"),
    "report.review_exemption": Rule(
        ("clerk", "other_clerk", "monitoring_officer"), "Review why a part of a paper is withheld", "frozen"
    ),
    "document.withdraw": Rule(
        ("clerk", "other_clerk", "monitoring_officer"), "Withdraw a document from the public, and restore it"
    ),
    "body.edit": Rule(("clerk", "administrator"), "Change members and rules of procedure", "open"),
    "case.ask": Rule(
        (
            *("author", "contributor", "sponsor", "asked", "owner", "clerk", "chair"),
            *(
                "head",
                "strategy_leader",
                "finance_leader",
                "commissioner",
                "director",
                "lead_member",
                "approver",
                "proposer",
                "lead",
                "manager",
            ),
        ),
        "Ask whoever it waits for",
        "open",
    ),
    "case.hand_over": Rule(
        ("administrator", "author", "contributor", "sponsor", "owner", "lead", "manager"),
        "Hand over what somebody holds in it",
    ),
    "decision.reply": Rule(("replier",), "Reply to what scrutiny recommended", "public"),
    "report.hand_over": Rule(("clerk",), "Hand a cleared paper over to another committee system", "frozen"),
    "report.arrange": Rule(("author", "sponsor", "clerk"), "Say that a paper is decided without a meeting", "open"),
    "decision.correct": Rule(("clerk", "monitoring_officer"), "Correct the record of a decision", "public"),
    "action.pass_on": Rule(("commissioner",), "Pass a unit’s action on to its successor", "open"),
    "action.edit": Rule(("owner", "clerk"), "Change an action's text, measure and lines", "open"),
    "unit.edit": Rule(("commissioner",), "Change a unit's posts, remit and dates", "open"),
    "unit.rename": Rule(("commissioner",), "Give a unit another name", "open"),
    "unit.write_plan": Rule(("head", "contributor"), "Write the unit's own working plan", "editable"),
    "unit.name_contributors": Rule(("head",), "Name who contributes to the unit's returns", "editable"),
    "unit.size": Rule(("commissioner", "head"), "Work out a unit's staffing", "editable"),
    "unit.staff": Rule(("commissioner", "head"), "Record vacancies and posts at risk", "editable"),
    "unit.freeze": Rule(("commissioner", "finance"), "Freeze headcount and cash limit together", "editable"),
    "unit.hold_functions": Rule(("commissioner",), "Say which functions a unit does", "editable"),
    "specification.edit": Rule(("strategy_leader", "commissioner"), "Write a specification", "editable"),
    "specification.write_objectives": Rule(
        ("head", "contributor", "strategy_leader"), "Write staff objectives that follow from its outcomes", "in_force"
    ),
    "specification.keep_personal_budgets": Rule(
        ("head", "contributor"), "Keep families’ personal budgets within the unit’s money", "in_force"
    ),
    "budget_year.set_baselines": Rule(
        ("finance",), "Set baselines and take the saving until the year is opened", "takes_baselines"
    ),
    "budget_year.enter": Rule(("finance",), "Enter corrections, and grants absorbed into the base", "takes_entries"),
    "budget_year.import": Rule(("finance",), "Import actuals and release a month", "takes_actuals"),
    "budget_year.import_budgets": Rule(("finance",), "Import budget lines", "takes_entries"),
    "budget_year.allocate": Rule(
        ("commissioner", "finance"), "Allocate the commissioning budget and keep grants", "takes_entries"
    ),
    "return.answer": Rule(("head", "contributor"), "Fill in a monthly return", "editable"),
    "return.ask": Rule(("strategy_leader", "finance_leader"), "Ask about a line of a return", "open"),
    "return.answer_question": Rule(("head", "contributor"), "Answer a question about a return", "open"),
    "return.raise_concern": Rule(("head", "contributor"), "Raise a concern with both leaders", "open"),
    "monitoring_meeting.record": Rule(("strategy_leader", "finance_leader"), "Record who came", "gathers"),
    "monitoring_meeting.add_action": Rule(
        ("head", "strategy_leader", "finance_leader"),
        "Agree an action at a monitoring meeting",
        "open",
        unless="frozen",
    ),
    "monitoring_meeting.write_minutes": Rule(
        ("strategy_leader", "finance_leader"), "Write the minutes of a monitoring meeting", "takes_minutes"
    ),
    "partner_return.answer": Rule(("head", "contributor"), "Answer a partner return", "editable"),
    "duplication.state": Rule(("claimant",), "State the unit's case", "takes_statements"),
    "duplication.edit": Rule(("commissioner",), "Change claimants and criteria", "open"),
    "plan.edit": Rule(("owner", "commissioner"), "Write a plan, its priorities and outcomes", "editable"),
    "cycle.edit": Rule(("lead", "commissioner"), "Say what a cycle is about, and what goes with it", "editable"),
    "cycle.consult": Rule(("lead", "commissioner"), "Keep a cycle’s consultations, also at its gates", "open"),
    "cycle_output.give": Rule(("lead", "commissioner"), "Say who provides an output of a cycle", "editable"),
    "case.cite": Rule(
        ("lead", "owner", "author", "contributor", "clerk", "commissioner"),
        "Say which items of the library go with it",
        "open",
    ),
    "contract.edit": Rule(("manager", "commissioner"), "Change a contract of the register", "editable"),
    "case.replan": Rule((SYSTEM,), "Count the dates again when the calendar becomes known"),
}
"""Actions on a case that do not move it."""

GLOBAL_ACTIONS: dict[str, Rule] = {
    "reports.create": Rule(("officer",), "Start a report"),
    "bodies.create": Rule(("administrator",), "Set up or propose a body"),
    "meetings.create": Rule(("clerk",), "Call a meeting of a body"),
    "actions.create": Rule(("clerk", "officer"), "Record an action"),
    "units.create": Rule(("commissioner",), "Record a business unit or another provider"),
    "units.read": Rule(("commissioner", "director", "finance", "auditor"), "See every unit and its money"),
    "specifications.create": Rule(("commissioner",), "Draft a specification for a unit"),
    "returns.move_due": Rule(("finance",), "Move the due date of a month’s returns"),
    "packages.write": Rule(("commissioner",), "Put together packages of several units’ specifications"),
    "years.create": Rule(("finance",), "Set up a financial year"),
    "virements.create": Rule(("commissioner", "finance"), "Propose a virement"),
    "duplications.create": Rule(("commissioner",), "Suspect a duplication"),
    "monitoring_meetings.plan": Rule(("commissioner",), "Plan a year’s monitoring meetings"),
    "partner_requests.write": Rule(("commissioner",), "Say what partners are asked for again and again"),
    "plans.create": Rule(("commissioner",), "Record a plan"),
    "cycles.create": Rule(("commissioner",), "Open a commissioning cycle"),
    "cycles.edit_template": Rule(("commissioner", "administrator"), "Change the outputs of the stages"),
    "library.write": Rule(("officer", "commissioner", "finance", "director"), "Keep the library of evidence"),
    "assessments.write": Rule(("commissioner", "director"), "Assess how the council or a plan does"),
    "challenge.answer": Rule(("commissioner", "finance", "director"), "Answer challenge questions"),
    "checklists.edit": Rule(
        ("commissioner", "administrator"), "Change headings of self-assessment and challenge questions"
    ),
    "contracts.write": Rule(("commissioner",), "Record contracts and import the register"),
    "setup.edit_template": Rule(("commissioner", "administrator"), "Change the steps by which units are set up"),
    "overview.read": Rule(("director", "lead_member", "commissioner"), "Read what is going wrong"),
    "people.manage": Rule(("administrator",), "Manage people, posts, roles and deputies"),
    "settings.manage": Rule(("administrator",), "Change settings and closed days"),
    "messages.read_log": Rule(("administrator",), "Read the log of messages sent"),
    "audit.read": Rule(("auditor",), "Read the audit trail"),
    "workflows.read": Rule(("administrator", "auditor"), "Read workflow definitions"),
}
"""Actions on no case."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who holds a role in a case: a person, or a post; `part` where it is held for one part of it."""

    role: str
    person_id: int | None
    post_id: int | None
    part: int | None = None


def holds(identity: Identity, role: str, parties: Iterable[Party], scope: str | None, part: int | None = None) -> bool:
    """Whether this identity holds the role in the case, by name, by post, or by a grant that reaches it."""
    for party in parties:
        if (
            party.role == role
            and (part is None or party.part == part)
            and (party.person_id == identity.person_id or party.post_id in identity.posts)
        ):
            return True
    grantable = role in ORGANISATION_ROLES or role in SCOPED_ROLES
    return grantable and identity.is_granted(role, scope)


def identity_for(
    actor: Actor,
    action: str,
    by: Sequence[str],
    parties: Sequence[Party],
    scope: str | None,
    part: int | None = None,
) -> Identity | Refusal:
    """As whom the actor may do this (oneself first), or why nobody that they are may."""
    barred = BARRED.get(action, ())
    refusal: Refusal | None = None
    for identity in actor.identities:
        if not any(holds(identity, role, parties, scope, part) for role in by if role != SYSTEM):
            continue
        own = next((r for r in barred for i in (actor.identities[0], identity) if holds(i, r, parties, scope)), None)
        if own is None:
            return identity
        refusal = Refusal("own_work", f"You are {_a(own)} of this case, so somebody else must do this")
    return refusal or Refusal("not_yours", "This is for: " + ", ".join(r.replace("_", " ") for r in by if r != SYSTEM))


def may_globally(actor: Actor, action: str, scope: str | None = None) -> bool:
    """Whether the actor may do one of GLOBAL_ACTIONS (in a scope, where the role is granted for one)."""
    return any(actor.is_granted(role, scope) for role in GLOBAL_ACTIONS[action].by)


def _a(role: str) -> str:
    return {"asked": "a signer", "author": "the author", "sponsor": "the sponsor", "owner": "the owner"}.get(
        role, f"{'an earlier' if role in PAST_ROLES else 'a'} {role.removeprefix('past_').replace('_', ' ')}"
    )
