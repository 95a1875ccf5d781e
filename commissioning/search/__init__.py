"""Full-text search over reports, decisions and actions, part by part."""
