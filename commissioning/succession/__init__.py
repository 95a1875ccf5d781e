"""Merging and splitting units: what is open goes to successors, the predecessors stay readable (product.md, 3)."""
