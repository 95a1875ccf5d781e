"""The words that people read about contracts."""

from __future__ import annotations

LIGHTS = {
    "red": ("Red: too late the ordinary way", "red"),
    "amber": ("Amber: the next date is near", "yellow"),
    "green": ("Green: in time", "green"),
    "far": ("Not counted yet", "grey"),
    "over": ("Ended", "purple"),
    "ending": ("Ends, nothing follows", "grey"),
    "closed": ("Closed", "grey"),
}
"""How a contract does, as (words, colour of the tag)."""

STEPS = {
    "notice": "Notice of the key decision is published",
    "papers_close": "Papers for the meeting close",
    "gate": "The board decides at the gate",
    "tender": "The tender goes out",
    "award": "The contract is awarded",
    "mobilisation": "Mobilisation begins",
}
REACHED = {
    "": "Nothing yet",
    "notice": "Notice of the key decision is published",
    "gate": "The board has decided at the gate",
    "tender": "The tender is out",
    "award": "The contract is awarded",
    "mobilisation": "Mobilisation has begun",
}
"""What is done already of what comes after a contract."""

NOTICE_IN = {"months": "months", "working_days": "working days"}
SHOWN = {
    "open": "Not closed",
    "no_cycle": "Exceptions: no cycle",
    "red": "Red",
    "amber": "Amber",
    "undecided": "Past the last date to decide",
    "over": "Ended, not closed",
    "closed": "Closed",
    "": "All",
}
"""What the register can be narrowed to."""
WHOSE = {"": "All", "mine": "Mine"}

ROUTES = {
    "general_exception": "General exception: five clear working days of notice, with the chair of scrutiny told first",
    "late_papers": "Late papers: the chair agrees to a paper after the closing time, with the reason in the minutes",
    "special_urgency": "Special urgency: no notice, if the chair of scrutiny agrees that the decision cannot wait",
}
"""Ways by which a gate can be made when the ordinary one is gone (P-09, P-10)."""
