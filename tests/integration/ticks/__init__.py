"""The tick: reminders, messages sent, checkpoints; and the audit trail that it seals."""
