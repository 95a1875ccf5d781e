"""Fixtures for every test; each lives in a module of `tests.support` that says what it is for."""

pytest_plugins = [
    "tests.support.databases",
    "tests.support.mail",
    "tests.support.browser",
    "tests.support.server",
    "tests.support.example_council",
]
