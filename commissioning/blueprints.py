"""The pages: one blueprint for each feature."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

MODULES = (
    "commissioning.accounts.routes_own",
    "commissioning.actions.routes",
    "commissioning.admin.routes_handing",
    "commissioning.admin.routes_reminders",
    "commissioning.assurance.routes",
    "commissioning.assurance.routes_challenge",
    "commissioning.assurance.routes_lists",
    "commissioning.appraisals.routes",
    "commissioning.auditing.routes",
    "commissioning.boards.routes_sections",
    "commissioning.calendar.routes",
    "commissioning.consultations.routes",
    "commissioning.contracts.routes",
    "commissioning.contracts.routes_imports",
    "commissioning.cycles.routes",
    "commissioning.cycles.routes_template",
    "commissioning.duplications.routes",
    "commissioning.elsewhere.routes",
    "commissioning.elsewhere.routes_handing_over",
    "commissioning.home.routes",
    "commissioning.ladder.routes",
    "commissioning.library.routes",
    "commissioning.insight.routes",
    "commissioning.meetings.routes",
    "commissioning.meetings.routes_agenda",
    "commissioning.decisions.routes_deciding",
    "commissioning.decisions.routes",
    "commissioning.meetings.routes_live",
    "commissioning.meetings.routes_record",
    "commissioning.money.routes",
    "commissioning.money.routes_duties",
    "commissioning.money.routes_grants",
    "commissioning.money.routes_imports",
    "commissioning.money.routes_pools",
    "commissioning.money.routes_pot",
    "commissioning.money.routes_virements",
    "commissioning.monitoring.routes_demand",
    "commissioning.monitoring.routes_meetings",
    "commissioning.monitoring.routes",
    "commissioning.monitoring.routes_history",
    "commissioning.monitoring.routes_answers",
    "commissioning.monitoring.routes_desk",
    "commissioning.monitoring.routes_sheet",
    "commissioning.notices.routes",
    "commissioning.overview.routes",
    "commissioning.packs.routes",
    "commissioning.packs.routes_reading",
    "commissioning.partner_returns.routes",
    "commissioning.partner_returns.routes_asking",
    "commissioning.plans.routes",
    "commissioning.public.routes",
    "commissioning.public.routes_exemptions",
    "commissioning.public.routes_publishing",
    "commissioning.public.routes_withdrawing",
    "commissioning.reminders.routes_forecast",
    "commissioning.reports.routes",
    "commissioning.search.routes",
    "commissioning.specifications.routes",
    "commissioning.specifications.routes_drafting",
    "commissioning.specifications.routes_packages",
    "commissioning.specifications.routes_personal",
    "commissioning.specifications.routes_year",
    "commissioning.succession.routes",
    "commissioning.units.routes",
    "commissioning.units.routes_staffing",
    "commissioning.word.routes_template",
    "commissioning.money.routes_freezing",
    "commissioning.units.routes_functions",
    "commissioning.units.routes_setup",
    "commissioning.units.routes_sizing",
    "commissioning.web.health",
    "commissioning.web.steps",
)
"""Each has a `blueprint`."""


def install(app: Flask) -> None:
    """Register every feature's pages."""
    for module in MODULES:
        app.register_blueprint(import_module(module).blueprint)
