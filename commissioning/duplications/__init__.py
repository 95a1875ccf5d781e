"""Work that two or more units seem to do: suspected, stated, adjudicated, moved to one of them (BR-31 to BR-33)."""
