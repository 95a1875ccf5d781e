"""The library of items that serve as evidence: kept once, pointed to from whatever they speak for."""
