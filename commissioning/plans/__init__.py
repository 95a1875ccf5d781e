"""The plan spine: plans, priorities with codes, outcomes; and the trace from each to what is commissioned for it."""
