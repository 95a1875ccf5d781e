"""The example council, built from public documents; no part of a council's own data."""
