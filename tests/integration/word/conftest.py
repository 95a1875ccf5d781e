"""The council of the tests of reports, on each engine."""

from __future__ import annotations

from tests.integration.reports.conftest import papers
from tests.integration.reports.test_pages import sign_in

__all__ = ["papers", "sign_in"]
