"""Asking people about a proposal: whom, until when, what each said, what came of it. For a case of any kind."""
