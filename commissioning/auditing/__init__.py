"""The audit trail, for auditors: searching it, its verification, its checkpoints."""
