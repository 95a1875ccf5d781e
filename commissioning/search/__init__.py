"""Full-text search over reports, decisions, actions, units, plans and cycles, part by part."""
