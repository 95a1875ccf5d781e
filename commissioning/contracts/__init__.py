"""The register of contracts, and counting back from the end of each to what must be done by when."""
