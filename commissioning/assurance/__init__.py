"""How well it is done: self-assessment round by round, and challenge questions answered from evidence."""
