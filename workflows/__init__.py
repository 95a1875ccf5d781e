"""What can happen: states, steps, deadlines, working days. Knows nothing of councils, databases or the web."""
