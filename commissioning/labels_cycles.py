"""Words for what happens to cycles, plans, contracts and partner returns, as their history says it."""

from __future__ import annotations

CYCLE_EVENTS = {
    "cycle.created": "Opened as a draft",
    "cycle.linked": "Something that goes with it was added",
    "cycle.unlinked": "Something that went with it was taken out",
    "cycle.assess_started": "Assess began",
    "cycle.plan_started": "Assess was finished, and Plan began",
    "cycle.plan_ready": "The plan was put to the board",
    "cycle.plan_turned_down": "The board sent the plan back",
    "cycle.plan_taken_back": "The plan was taken back before the board decided",
    "cycle.do_started": "The board agreed the plan, and Do began",
    "cycle.review_started": "Do was finished, and Review began",
    "cycle.review_ready": "The review was put to the board",
    "cycle.review_turned_down": "The board sent the review back",
    "cycle.review_taken_back": "The review was taken back before the board decided",
    "cycle.renewed": "The board agreed to renew it: the next round was opened",
    "cycle.closed": "The board agreed to close it",
    "cycle.decommissioned": "The board agreed to decommission it",
    "cycle.redated": "The day on which the stage is to end changed",
    "cycle.option_saved": "An option was written or changed",
    "cycle.consultation_begun": "A consultation was begun",
    "cycle.consultation_asked": "Organisations were asked in a consultation",
    "cycle.consultation_answered": "An answer to a consultation was recorded",
    "library.cited": "An item of the library was added",
    "library.uncited": "An item of the library was taken out",
    "plan.priority_saved": "A priority was written or changed",
    "plan.outcome_saved": "An outcome was written or changed",
    "plan.aim_saved": "An aim was written or changed",
    "partner_return.created": "Asked of the partner",
    "contract.created": "Recorded in the register",
}
"""By name of the event."""

CHANGED = {
    "commissioner_post_id": "commissioning team",
    "consortium": "with whom it is bought",
    "cycle_id": "cycle that commissions what comes after",
    "decide_on": "last day to decide what follows",
    "is_pooled": "whether budgets are pooled",
    "manager_id": "who manages it",
    "manager_post_id": "who manages it",
    "notice_in": "how notice is counted",
    "provider_name": "provider",
    "provider_unit_id": "provider",
    "reached": "what is done already of what comes after",
    "remit": "what it takes in, and what it leaves out",
    "resume_on": "day on which it is to be resumed",
    "share_bought": "per cent bought from others",
    "stage_due_on": "day on which the stage is to end",
    "value_pence": "value of the whole term",
    "yearly_pence": "value a year",
}
"""What an event changed, where the name of its field is no word of people."""
