"""Mutants that change nothing anybody could see, each with the reason. Not counted."""

EQUIVALENT: dict[str, str] = {
    "workflows.engine:_Hashable.__eq__:and-or:0": "only asked of definitions whose hashes are the same already",
    "workflows.engine:advance:not:1": "a second lock: step and target were looked up before the machine is asked",
    "workflows.engine:advance:raise-removed:2": "the same: nothing reaches it while the first lock holds",
    "workflows.quorum:module:code:0": "the word for all asked is never compared: its count of 0 says so",
}
