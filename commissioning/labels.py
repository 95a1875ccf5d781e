"""The words that people read for stored codes. States and steps have theirs in their definitions."""

from __future__ import annotations

from commissioning import labels_agenda
from commissioning.labels_cycles import CYCLE_EVENTS
from commissioning.labels_decisions import DECISION_EVENTS

KINDS = {
    "report": "Report",
    "meeting": "Meeting",
    "agenda_item": "Agenda item",
    "decision": "Decision",
    "action": "Action",
    "body": "Board or group",
    "unit": "Unit",
    "specification": "Specification",
    "plan": "Plan",
    "cycle": "Commissioning cycle",
    "cycle_output": "Output of a cycle",
    "contract": "Contract",
    "budget_year": "Financial year",
    "return": "Monthly return",
    "virement": "Virement",
    "monitoring_meeting": "Monitoring meeting",
    "setup_step": "Set-up step",
    "duplication": "Duplication",
    "partner_return": "Partner return",
}
"""Kinds of case."""

ROLES = {
    "author": "Author",
    "contributor": "Contributor",
    "sponsor": "Sponsor",
    "asked": "Asked to sign",
    "clerk": "Clerk",
    "other_clerk": "Clerk of another body on its route",
    "other_chair": "Chair of another body on its route",
    "chair": "Chair",
    "member": "Member",
    "publisher": "Must publish it",
    "replier": "Replies to scrutiny",
    "decider": "Decides it without a meeting",
    "scrutiny": "Scrutiny",
    "owner": "Owner",
    "lead": "Lead",
    "manager": "Contract manager",
    "past_writer": "Wrote in it earlier",
    "past_sponsor": "Sponsored it earlier",
    "past_owner": "Owned it earlier",
    "director": "Director",
    "administrator": "Administrator",
    "auditor": "Auditor",
    "lead_member": "Lead member",
    "officer": "Officer",
    "commissioner": "Commissioner",
    "monitoring_officer": "Monitoring officer",
    "finance": "Finance officer",
    "head": "Head of the unit",
    "strategy_leader": "Strategy leader",
    "finance_leader": "Finance strategy leader",
    "proposer": "Proposer",
    "approver": "Approver",
    "claimant": "Head of a claimant",
    "adjudicator": "Adjudicator",
}
"""Roles in a case, and roles granted."""

UNIT_KINDS = {
    "business": "Business unit",
    "core": "Core unit",
    "council": "Council",
    "partner": "Partner",
    "third_sector": "Third sector",
    "school": "School",
    "centre": "Centre",
    "expert": "External expert",
}
"""Kinds of organisation; one process for all of them (BR-07)."""

STAGES = {"assess": "Assess", "plan": "Plan", "do": "Do", "review": "Review"}
LIGHTS = {"red": ("Late", "red"), "amber": ("Due soon", "yellow"), "green": ("In time", "green"), "": ("", "")}
"""How a cycle does, as (words, colour of the tag)."""
WHOSE_CYCLES = {"": "All", "team": "My team’s", "mine": "Mine"}

DIRECTIONS = {"higher": "Higher is better", "lower": "Lower is better"}
IMPROVEMENT_SOURCES = {
    "apa": "Annual Performance Assessment (APA)",
    "jar": "Joint Area Review (JAR)",
    "jip": "Improvement plan (JIP)",
    "benchmark": "Benchmark",
    "vfm": "Value for money (VFM)",
    "other": "Other",
}
SPEC_SIGNATURES = {"agreed": "Agreed", "changes_requested": "Changes requested"}
ENTRY_KINDS = {
    "baseline": "Baseline",
    "saving": "Efficiency saving",
    "virement": "Virement",
    "decision": "Decision of a board",
    "correction": "Correction",
}
GRANT_PURPOSES = {
    "trial": "Trial development",
    "reward": "Reward payments",
    "start_up": "Starting up a service",
    "service": "Running a service",
    "staff": "Staff and training",
    "capital": "Buildings and equipment",
}
"""What a ring-fenced grant may be spent on, and what spending is for."""
ACCOUNTS = {"baseline": "Baseline", "limit": "Cash limit", "pot": "Commissioning budget"}
BODY_KINDS = {
    "executive": "Executive (cabinet)",
    "committee": "Committee (scrutiny)",
    "partnership": "Partnership (children’s trust, advisory board)",
    "officer": "Officers (management team, programme board)",
}
CLEAR_DAY_RULES = {
    "working": "Working days (no weekends, bank holidays or closed days)",
    "not_sundays": "All days but Sundays, bank holidays and closed days",
    "calendar": "Calendar days",
}
DECIDES_BY = {
    "vote_or_consensus": "Vote or consensus",
    "vote": "Vote",
    "consensus_unless_vote": "Consensus unless a vote is called",
    "consensus": "Consensus",
}
SIGN_OFF_ORDERS = {"parallel": "All at the same time", "in_order": "One after another"}
HEADINGS, VOTES = labels_agenda.HEADINGS, labels_agenda.VOTES
ATTENDANCE = {"present": "Present", "apologies": "Apologies", "absent": "Absent"}

ASKS = {
    "approve": "Approve",
    "agree": "Agree",
    "agree_not_to": "Agree not to",
    "choose": "Choose",
    "comment": "Consider and comment",
    "proceed": "Agree to proceed",
    "note": "Note",
    "delegate": "Delegate",
    "refer": "Refer",
}
"""What a recommendation asks (LI-04 to LI-08)."""


def how_many(least: int | None, most: int | None, offered: int) -> str:
    """How many of the options that a board is offered it chooses: ``1 to 2``."""
    fewest, limit = least or 1, most or offered
    return f"{fewest}" if fewest == limit else f"{fewest} to {limit}"


OUTCOMES = {
    "agreed": "Agreed",
    "agreed_as_amended": "Agreed as amended",
    "rejected": "Rejected",
    "commented": "Commented",
    "noted": "Noted",
    "deferred": "Deferred",
    "referred": "Referred",
    "withdrawn": "Withdrawn",
}
"""What a body may make of a recommendation."""

SIGN_OFF_OUTCOMES = {
    "cleared": "Cleared",
    "cleared_with_conditions": "Cleared with conditions",
    "changes_requested": "Changes requested",
    "not_applicable": "Not applicable",
}
"""What a signer answers."""

SPECIALITIES = {"legal": "Legal", "finance": "Finance", "hr": "Human resources", "equalities": "Equalities"}
RISK_RATINGS = {"low": "Low", "medium": "Medium", "high": "High", "very_high": "Very high"}
RISK_TONES = {"low": "green", "medium": "yellow", "high": "orange", "very_high": "red"}
RISK_ARISES = {"not_decided": "If this is not decided", "decided": "If this is decided"}
"""When a risk of a paper arises (BR-44)."""
SECRECY = {"open": "Open", "exempt": "Exempt", "confidential": "Confidential"}
APPENDIX_KINDS = {
    "document": "Document",
    "assessment": "Assessment",
    "plan": "Plan",
    "figures": "Figures",
    "map": "Map",
    "letter": "Letter",
    "other": "Something else",
}

DUE_PRECISION = {"day": "On a day", "month": "In a month"}

EVENTS = {
    **DECISION_EVENTS,
    **CYCLE_EVENTS,
    **labels_agenda.MEETING_EVENTS,
    "case.asked": "Asked how it stands",
    "case.definition_changed": "Moved to another version of its workflow",
    "case.handed_over": "Handed over",
    "report.created": "Report started",
    "report.edited": "Report edited",
    "report.planned": "Planned for later",
    "report.drafting_started": "Drafting began",
    "report.clearance_requested": "Sent for sign-off",
    "report.signed_off": "Signed off",
    "report.signed_again": "Signed again",
    "report.cleared": "Clearance complete",
    "report.taken_back": "Taken back to draft",
    "report.submitted": "Approved by the sponsor and submitted",
    "report.late_agreed": "Agreed to be taken late",
    "report.returned": "Returned by the sponsor",
    "report.sent_back": "Sent back to the author",
    "report.revised": "Revision began",
    "report.put_on_agenda": "Put on the agenda",
    "report.came_off": "Came off the agenda",
    "report.published": "Published",
    "report.published_late": "Published as a late supplement",
    "report.concluded": "Heard, and concluded",
    "report.sent_on": "Sent on to the next body",
    "report.brought_back": "Brought back for another meeting",
    "report.closed": "Closed",
    "report.withdrawn": "Withdrawn",
    "report.header_edited": "Header changed",
    "report.route_changed": "Way through the bodies changed",
    "report.body_added": "Further body added to its way",
    "report.outside_asked": "Comments asked for from outside",
    "report.outside_due": "Comments from outside are waited for",
    "report.deadline_due": "Deadline set from outside comes near",
    "report.outside_said": "What a body outside said was recorded",
    "report.meeting_changed": "Written for another meeting",
    "report.section_edited": "Section written",
    "report.word_taken_out": "Copy taken out in Word",
    "report.word_ended": "Copy in Word given up",
    "report.word_came_back": "Word document brought in, to be looked at",
    "report.word_taken_in": "Changes taken from a Word document",
    "report.word_dropped": "Word document let go of, nothing taken",
    "report.recommendation_saved": "Recommendation written",
    "report.recommendation_removed": "Recommendation taken out",
    "report.recommendations_ordered": "Recommendations put in another order",
    "report.risk_saved": "Risk written",
    "report.risk_removed": "Risk taken out",
    "report.risks_ordered": "Risks put in another order",
    "report.appendix_saved": "Appendix attached or changed",
    "report.appendix_removed": "Appendix taken out",
    "report.sponsor_named": "Sponsor named",
    "report.contributor_named": "Contributor named",
    "report.contributor_removed": "Contributor removed",
    "report.signer_named": "Sign-off asked of a team",
    "report.signer_removed": "Sign-off no longer asked of a team",
    "report.question_asked": "Question asked",
    "report.question_answered": "Question answered",
    "report.sign_off_taken": "Sign-off taken, passed on or given back in its team",
    "report.sign_off_recorded": "Sign-off recorded from elsewhere",
    "report.sign_off_disputed": "Recorded sign-off disputed",
    "report.corrected": "Corrected by the clerk",
    "report.redated": "Dates moved with its meeting",
    "report.findings_answered": "Findings before publication answered",
    "report.exemption_recorded": "Reason for withholding a part recorded",
    "report.exemption_reviewed": "Reason for withholding a part reviewed",
    "report.exemption_due": "Review of a withheld part is due",
    "document.withdrawn": "Withdrawn from the public",
    "cases.exported": "Cases exported at the command line",
    "service.restored": "Service restored from a backup",
    "document.restored": "Restored to the public",
    "report.notice_published": "Notice published",
    "report.notice_due": "Notice is due soon",
    "report.notice_withdrawn": "Notice withdrawn",
    "body.opening_changed": "How its meetings run changed",
    "return.created": "Return opened",
    "return.started": "Begun",
    "return.outcome_answered": "Outcome answered",
    "return.line_answered": "Budget line answered",
    "return.headcount_answered": "Headcount answered",
    "return.risks_answered": "Risks answered",
    "return.action_answered": "Progress on an action",
    "return.recovery_added": "Recovery action added",
    "return.concern_raised": "Concern raised",
    "return.sheet_taken": "Answers taken from a spreadsheet",
    "return.question_asked": "Question asked",
    "return.question_answered": "Question answered",
    "return.submitted": "Submitted",
    "return.accepted_by_one": "Accepted by one of two",
    "return.accepted": "Accepted",
    "return.sent_back": "Sent back",
    "return.discussed": "Discussed",
    "return.closed": "Month closed",
    "return.lapsed": "Not asked any more: the unit handed over",
    "return.due_moved": "Due date moved",
    "monitoring_meeting.created": "Planned",
    "monitoring_meeting.invited": "Invited",
    "monitoring_meeting.confirmed": "The head comes",
    "monitoring_meeting.rearranged": "Rearranged",
    "monitoring_meeting.held": "Held",
    "monitoring_meeting.not_held": "Not held",
    "monitoring_meeting.minutes_drafted": "Minutes sent to all three",
    "monitoring_meeting.minutes_agreed_by_one": "Answered by one of the three",
    "monitoring_meeting.minutes_reopened": "Minutes taken back",
    "monitoring_meeting.agreed": "Minutes agreed by three",
    "monitoring_meeting.lapsed": "Cancelled: the unit handed over",
    "monitoring_meeting.closed": "Closed",
    "monitoring_meeting.attendance_recorded": "Attendance recorded",
    "monitoring_meeting.action_agreed": "Action agreed",
    "monitoring_meeting.minutes_edited": "Minutes written",
    "action.created": "Action recorded",
    "action.passed_on": "Passed on to the unit that follows",
    "action.edited": "Action changed",
    "action.agreed": "Agreed",
    "action.started": "Started",
    "action.reported_complete": "Reported complete",
    "action.verified": "Verified",
    "action.reopened": "Sent back to the owner",
    "action.blocked": "Reported blocked",
    "action.unblocked": "Went on",
    "action.redated": "Date changed",
    "action.superseded": "Superseded",
    "budget_year.created": "Financial year set up",
    "budget_year.opened": "Opened",
    "budget_year.closed": "Closed after outturn",
    "budget_year.baselines_set": "Baselines set",
    "budget_year.saving_taken": "Efficiency saving taken",
    "budget_year.budgets_imported": "Budgets imported",
    "budget_year.actuals_imported": "Actuals imported",
    "budget_year.period_released": "Month released",
    "budget_year.allocated": "Commissioning budget allocated",
    "budget_year.lines_copied": "Budget lines copied from the year before",
    "budget_year.allocation_withdrawn": "Allocation withdrawn",
    "budget_year.limit_decided": "Cash limit set as decided",
    "budget_year.entry_corrected": "Entry corrected",
    "budget_year.grant_saved": "Grant recorded or changed",
    "budget_year.grant_spent": "Spending out of a grant",
    "partner_request.saved": "What partners are asked for changed",
    "partner_request.ended": "Partners asked no more",
    "partner_indicator.saved": "Indicator defined or changed",
    "virement.created": "Virement proposed",
    "virement.approved": "Approved",
    "virement.approved_by_director": "Approved by the director",
    "virement.applied": "Applied as decided",
    "virement.turned_down": "Rejected by the board",
    "virement.rejected": "Rejected",
    "virement.withdrawn": "Withdrawn",
    "duplication.created": "Suspected",
    "duplication.claimants_named": "Claimants named",
    "duplication.statements_requested": "Units asked for statements",
    "duplication.stated": "A unit stated its case",
    "duplication.sent_to_adjudication": "Sent to adjudication",
    "duplication.designated": "One unit designated",
    "duplication.split": "Split by area",
    "duplication.dismissed": "Found to be no duplicate",
    "duplication.implementing": "Implementation began: the function moved",
    "duplication.proposed": "Sizing moved, virement and variation proposed",
    "duplication.benefits_realised": "Benefits entered",
    "duplication.closed": "Closed",
    "unit.created": "Recorded",
    "unit.edited": "Posts, remit or dates changed",
    "unit.renamed": "Renamed",
    "unit.contributors_named": "Contributors named",
    "unit.plan_written": "The unit’s own plan written",
    "unit.cash_limit_decided": "Cash limit set by a decision",
    "unit.went_live": "Went live",
    "unit.handed_over": "Handed over to its successors",
    "unit.ended": "Ended",
    "specification.created": "Drafting began",
    "specification.edited": "Header written",
    "specification.outcomes_written": "Outcomes written",
    "specification.improvements_written": "Improvement areas written",
    "specification.objectives_written": "Staff objectives written",
    "specification.sent": "Sent to both sides to sign",
    "specification.signed": "Signed",
    "specification.agreed": "Both sides had signed",
    "specification.negotiated": "Taken back to change it",
    "specification.brought_into_force": "Brought into force",
    "specification.variation_proposed": "Variation proposed",
    "specification.variation_dropped": "Kept as it was",
    "specification.ended": "Ended",
    "specification.dropped": "Dropped",
    "unit.sized": "Sizing worked out",
    "unit.staffed": "Vacancy or post at risk recorded",
    "unit.sizing_frozen": "Headcount and cash limit frozen together",
    "unit.function_given": "Function given",
    "unit.function_taken": "Function taken away",
    "setup_step.created": "Set-up step begun",
    "setup_step.started": "Started",
    "setup_step.submitted": "Sent for sign-off",
    "setup_step.signed_off": "Signed off",
    "setup_step.sent_back": "Sent back",
    "setup_step.waived": "Said to be not needed",
    "body.created": "Recorded",
    "body.edited": "Members or rules changed",
    "body.sections_changed": "Sections of reports changed",
    "body.approved": "Approved",
    "body.sitting": "Began to sit",
    "body.stood_down": "Stood down",
    "body.dropped": "Dropped",
}
"""What happened, in timelines."""

ESCALATIONS = {
    "not_within_budget": "Not within budget",
    "outcome_red": "Outcome red",
    "late_returns": "Returns late",
}
"""Why a unit's month goes to its board."""

RAGS = {"red": "Red", "amber": "Amber", "green": "Green"}
METHODS = {
    "straight_line": "Straight line",
    "seasonal": "By last year’s share",
    "run_rate": "As this month",
    "own": "Your own figure",
}
"""How a budget line's year is forecast."""

OUTSIDE_ANSWERS = {
    "commented": "It commented",
    "no_comment": "It has no comments",
    "given_up": "It is waited for no longer",
}
"""What came of asking a body outside the service."""

MESSAGE_STATUSES = {
    "queued": "Waiting",
    "sending": "Being sent",
    "sent": "Sent",
    "dead": "Given up",
    "dropped": "Not sent",
}
"""What became of an e-mail."""


def event(name: str, outcome: str = "") -> str:
    """The words for an event, by its outcome where that has some; a name without any is shown readable all the same."""
    words = labels_agenda.ANSWERED.get(name, {}).get(outcome) or EVENTS.get(name)
    return words or name.rpartition(".")[2].replace("_", " ").capitalize()


def role(name: str) -> str:
    """The words for a role."""
    return ROLES.get(name) or name.replace("_", " ").capitalize()


def parts_typed(parts: int, places: int) -> str:
    """Parts as a person types them: 7380 thousandths are 7.38, 95000 are 95."""
    whole, rest = divmod(abs(parts), 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0")
    return ("-" if parts < 0 else "") + f"{whole:,}" + (f".{decimals}" if decimals else "")
