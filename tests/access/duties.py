"""Who does what, and who is barred from it, written from the rules of the product's description, each quoted.

An oracle: nothing of the code is read. A row is (where it stands, what it says, what follows). Sections: `everywhere`
for "Rules that hold everywhere", `who` for "Who uses it", `see` for "Who may see what", and the numbered ones.
"""

from __future__ import annotations

_WORKS_ON_IT = ("author", "contributor", "sponsor", "past_writer", "past_sponsor")
_TAKES_IN = ("return.accept", "return.send_back", "partner_return.validate", "partner_return.send_back")
_BARS: tuple[tuple[str, str, dict[str, tuple[str, ...]]], ...] = (
    (
        "everywhere",
        "the report's author, contributors and sponsor are barred from signing and from each other's step",
        {
            "report.sign_off": _WORKS_ON_IT,
            "report.resign": _WORKS_ON_IT,
            "report.take_sign_off": _WORKS_ON_IT,
            # The author's step is to ask for clearance; the sponsor's is to submit, which no signer does either: what
            # somebody has cleared, somebody else vouches for.
            "report.request_clearance": ("sponsor", "past_sponsor"),
            "report.submit": ("author", "contributor", "past_writer", "asked"),
        },
    ),
    (
        "everywhere",
        "Nobody signs off, sponsors or approves their own work",
        {
            "report.agree_late": _WORKS_ON_IT,  # "a late item needs the chair's agreement" (1)
            "action.verify": ("owner", "past_owner"),
            "setup_step.sign_off": ("owner", "past_owner"),
            "virement.approve": ("proposer",),
            "virement.approve_further": ("proposer",),
        },
    ),
    (
        "1",
        "A signer may clear with “spelling and layout corrections by the clerk allowed”: who has no part in the text",
        {"report.correct": (*_WORKS_ON_IT, "asked")},
    ),
    (
        "1",
        "Called in, then Upheld or Referred back: by scrutiny, not by the chair of the body that decided",
        {"decision.settle_call_in": ("chair",), "report.decide_without_meeting": (*_WORKS_ON_IT, "asked")},
    ),
    (
        "3",
        "The core decides; who heads a claimant may not",
        {f"duplication.{step}": ("claimant",) for step in ("designate", "split", "dismiss")},
    ),
    (
        "everywhere",
        "who submits a return does not accept it",
        dict.fromkeys(_TAKES_IN, ("head", "contributor")),
    ),
)

BARRED = {step: roles for _where, _words, follows in _BARS for step, roles in follows.items()}
"""What bars somebody from a step, whoever they act for: "The bar covers the person and whomever they act for"."""

_EVERY_PART = (
    "lead_member",
    *("author", "contributor", "sponsor", "asked", "owner", "clerk", "chair", "head", "strategy_leader"),
    *("finance_leader", "commissioner", "director", "approver", "proposer", "lead", "manager"),
)
_UNIT, _LEADERS = ("head", "contributor"), ("strategy_leader", "finance_leader")
_DOES: tuple[tuple[str, str, dict[str, tuple[tuple[str, ...], str]]], ...] = (
    (
        "everywhere",
        "What was submitted, signed, published or decided is frozen",
        {
            "report.edit": (("author", "contributor"), "editable"),
            "report.name_people": (("author",), "editable"),
            "return.answer": (_UNIT, "editable"),
            "specification.edit": (("strategy_leader", "commissioner"), "editable"),
        },
    ),
    (
        "1",
        "A signer can ask a question of a named person about a passage; see: asker, asked, author, sponsor, that team",
        {
            "report.ask_question": (("asked",), "open"),
            "report.answer_question": (("author", "contributor", "sponsor", "asked"), "open"),  # as whoever is named
        },
    ),
    (
        "everywhere",
        "recorded from elsewhere by the clerk or the team's lead … B is told at once and can dispute it",
        {
            "report.sign_elsewhere": (("clerk",), "open"),
            "report.dispute": (("asked",), "open"),
            "report.ask_outside": (("author", "contributor", "clerk"), "open"),
            "report.record_outside": (("clerk",), "open"),
        },
    ),
    (
        "everywhere",
        "a task in a team's queue is taken or passed on",
        {"report.take_sign_off": (("asked",), "open")},
    ),
    (
        "1",
        "A correction never reverses an effect by itself; everywhere: a correction is a new version with a reason",
        {
            "decision.correct": (("clerk", "monitoring_officer"), "public"),
            "report.arrange": (("author", "sponsor", "clerk"), "open"),
            "decision.reply": (("replier",), "public"),  # "an executive reply": its clerk and chair
            "report.extend_route": (("clerk",), "frozen"),  # the text is frozen; the clerk runs the agenda
            "report.hand_over": (("clerk",), "frozen"),  # "its reports are cleared here and handed over as named files"
        },
    ),
    (
        "1",
        "the clerk can withdraw a document … at once; the monitoring officer answers for lawfulness",
        {
            "report.answer_findings": (("clerk",), "frozen"),
            "report.review_exemption": (("clerk", "other_clerk", "monitoring_officer"), "frozen"),
            "document.withdraw": (("clerk", "other_clerk", "monitoring_officer"), ""),
        },
    ),
    ("1", "spelling and layout corrections by the clerk", {"report.correct": (("clerk",), "open")}),
    (
        "who",
        "Board secretary (clerk): late, unsigned papers; quorum; minutes due; forward plan",
        {
            "report.give_notice": (("clerk", "other_clerk"), "open"),
            "meeting.edit_agenda": (("clerk",), "takes_items"),
            "meeting.record_attendance": (("clerk",), "open"),
            "meeting.record_outcome": (("clerk",), "open"),
            "meeting.edit_minutes": (("clerk",), "open"),
        },
    ),
    (
        "1",
        "apologies, substitute, interest … take one tap each (of members)",
        {
            "meeting.declare_interest": (("clerk", "member"), "open"),
            "meeting.send_apologies": (("member",), "takes_items"),
            "meeting.ask_officer": (("member", "chair"), "open"),
        },
    ),
    (
        "1",
        "a question to the presenting officer",
        {"report.answer_member": (("author", "contributor", "sponsor"), "")},
    ),
    ("who", "Administrator: people, roles, boards", {"body.edit": (("clerk", "administrator"), "open")}),
    ("everywhere", "Every “Waiting on others” line has Ask", {"case.ask": (_EVERY_PART, "open")}),
    (
        "everywhere",
        "One page lists all that a person holds and hands it over",
        {"case.hand_over": (("administrator", "author", "contributor", "sponsor", "owner", "lead", "manager"), "")},
    ),
    ("3", "units merge, split and are renamed with their history", {"action.pass_on": (("commissioner",), "open")}),
    ("1", "Actions: no., text, owner, due, measure, source", {"action.edit": (("owner", "clerk"), "open")}),
    (
        "who",
        "Commissioner (commissioning team): units, duplication cases, gates",
        {
            "unit.edit": (("commissioner",), "open"),
            "unit.rename": (("commissioner",), "open"),
            "unit.hold_functions": (("commissioner",), "editable"),
            "duplication.edit": (("commissioner",), "open"),
            "unit.size": (("commissioner", "head"), "editable"),
            "unit.staff": (("commissioner", "head"), "editable"),
            "unit.freeze": (("commissioner", "finance"), "editable"),
        },
    ),
    ("see", "its internal working plan: the unit alone (BR-16)", {"unit.write_plan": (_UNIT, "editable")}),
    ("who", "Business-unit head (and named contributor)", {"unit.name_contributors": (("head",), "editable")}),
    (
        "3",
        "objectives from the specification",
        {"specification.write_objectives": ((*_UNIT, "strategy_leader"), "in_force")},
    ),
    (
        "LG-23",
        "personal budgets and direct payments to families; budget-holding lead professional",
        {"specification.keep_personal_budgets": (_UNIT, "in_force")},
    ),
    (
        "3",
        "every change of limit, pot or baseline … is a balanced entry; finance releases the period after its import",
        {
            "budget_year.set_baselines": (("finance",), "takes_baselines"),
            "budget_year.enter": (("finance",), "takes_entries"),
            "budget_year.import": (("finance",), "takes_actuals"),
            "budget_year.import_budgets": (("finance",), "takes_entries"),
            "budget_year.allocate": (("commissioner", "finance"), "takes_entries"),
        },
    ),
    (
        "3",
        "Returns desk for finance and strategy leaders: … questions on a line; at any time “raise a concern” to both",
        {
            "return.ask": (_LEADERS, "open"),
            "return.answer_question": (_UNIT, "open"),
            "return.raise_concern": (_UNIT, "open"),
        },
    ),
    (
        "3",
        "It cannot be recorded as held without the unit's head and the strategy leader and the finance leader",
        {
            "monitoring_meeting.record": (_LEADERS, "gathers"),
            "monitoring_meeting.add_action": (("head", *_LEADERS), "open"),
            "monitoring_meeting.write_minutes": (_LEADERS, "takes_minutes"),
        },
    ),
    (
        "see",
        "duplication statements: the core, and the unit that made the statement",
        {"duplication.state": (("claimant",), "takes_statements")},
    ),
    (
        "3",
        "partner returns: with receiving, validating, publishing; a partner answers while it is asked",
        {"partner_return.answer": (_UNIT, "editable")},
    ),
    (
        "2",
        "plan, priority (owner); cycle: lead; each stage has outputs (owner, due, evidence, or waived)",
        {
            "plan.edit": (("owner", "commissioner"), "editable"),
            "cycle.edit": (("lead", "commissioner"), "editable"),
            "cycle_output.give": (("lead", "commissioner"), "editable"),
        },
    ),
    (
        "1",
        "Consultation on a proposal: … a response per organisation (frozen is the paper alone)",
        {
            "cycle.consult": (("lead", "commissioner"), "open"),
            "report.consult": (("author", "contributor"), "open"),
        },
    ),
    (
        "2",
        "one library of items with a type, linked to cycles",
        {"case.cite": (("lead", "owner", "author", "contributor", "clerk", "commissioner"), "open")},
    ),
    (
        "2",
        "“start the report” on a gate, virement, escalation or month …, refreshable until submission",
        {
            "report.refresh": (("author",), "editable"),
            "case.start_report": (("lead", "commissioner", "proposer", "finance", *_LEADERS), ""),
        },
    ),
    (
        "2",
        "Contracts: provider, cycle, value, end … (who manages one keeps it, with the commissioning team)",
        {"contract.edit": (("manager", "commissioner"), "editable")},
    ),
    ("1", "its reminders wait until the calendar is known", {"case.replan": (("system",), "")}),
)

ACTIONS = {action: rule for _where, _words, follows in _DOES for action, rule in follows.items()}
"""Who may do what is no step, and in which states."""

_OPENS: tuple[tuple[str, str, dict[str, tuple[str, ...]]], ...] = (
    (
        "who",
        "Report author: my reports by state",
        {"reports.create": ("officer",), "actions.create": ("clerk", "officer"), "meetings.create": ("clerk",)},
    ),
    (
        "who",
        "Administrator: people, roles, boards, calendars, workflow definitions, reminder log",
        {
            "bodies.create": ("administrator",),
            "people.manage": ("administrator",),
            "settings.manage": ("administrator",),
            "messages.read_log": ("administrator",),
            "workflows.read": ("administrator", "auditor"),
        },
    ),
    ("who", "Auditor: read-only; the audit trail and its verification", {"audit.read": ("auditor",)}),
    (
        "see",
        "a unit's return and specification: … finance, commissioners, director, auditor",
        {"units.read": ("commissioner", "director", "finance", "auditor")},
    ),
    (
        "who",
        "Commissioner (commissioning team): cycles; returns grid; gates coming; duplication cases",
        {
            "units.create": ("commissioner",),
            "specifications.create": ("commissioner",),
            "packages.write": ("commissioner",),
            "duplications.create": ("commissioner",),
            "monitoring_meetings.plan": ("commissioner",),
            "plans.create": ("commissioner",),
            "cycles.create": ("commissioner",),
            "contracts.write": ("commissioner",),
            "partner_requests.write": ("commissioner",),
        },
    ),
    (
        "2",
        "Each stage has outputs from an editable template; 3: the 13 steps as a template (a council can have another)",
        {
            "cycles.edit_template": ("commissioner", "administrator"),
            "setup.edit_template": ("commissioner", "administrator"),
            "checklists.edit": ("commissioner", "administrator"),
        },
    ),
    (
        "2",
        "one library of items; self-assessment by heading, round by round; challenge questions, each answered",
        {
            "library.write": ("officer", "commissioner", "finance", "director"),
            "assessments.write": ("commissioner", "director"),
            "challenge.answer": ("commissioner", "finance", "director"),
        },
    ),
    (
        "3",
        "a late period moves every due date in one step with a reason; virement with an approval ladder",
        {
            "returns.move_due": ("finance",),
            "years.create": ("finance",),
            "virements.create": ("commissioner", "finance"),
        },
    ),
    (
        "5",
        "What is going wrong (/overview, for directors, lead members and commissioners)",
        {"overview.read": ("director", "lead_member", "commissioner")},
    ),
)

OPENERS = {action: roles for _where, _words, follows in _OPENS for action, roles in follows.items()}
"""Which granted roles begin or open what is on no case."""
