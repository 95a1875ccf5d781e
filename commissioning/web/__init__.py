"""The web edge: forms, the look, headers. Nothing below it imports from here."""
