"""Mutants that change nothing anybody could see, each with the reason. Not counted."""

EQUIVALENT: dict[str, str] = {
    "workflows.quorum:module:code:0": "the word for all asked is never compared: its count of 0 says so",
}
