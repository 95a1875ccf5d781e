"""The list of features: importing it registers every kind, guard, tally and effect."""

from __future__ import annotations

from pathlib import Path

from commissioning.actions import rules as _actions
from commissioning.assurance import reminding as _assurance
from commissioning.boards import rules as _boards
from commissioning.casework.registry import house
from commissioning.contracts import rules as _contracts
from commissioning.cycles import output_rules as _cycle_outputs
from commissioning.cycles import paper as _cycle_papers
from commissioning.cycles import rules as _cycles
from commissioning.duplications import rules as _duplications
from commissioning.library import reminding as _library_days
from commissioning.meetings import due as _meetings_due
from commissioning.meetings import rules as _meetings
from commissioning.money import paper as _money_papers
from commissioning.money import rules as _money
from commissioning.money import virements as _virements
from commissioning.monitoring import coming as _monitoring_coming
from commissioning.monitoring import demand_register as _demand_register
from commissioning.monitoring import escalating_ahead as _monitoring_escalating_ahead
from commissioning.monitoring import meeting_following as _monitoring_following
from commissioning.monitoring import meeting_rules as _monitoring_meetings
from commissioning.monitoring import meeting_rules_minutes as _monitoring_minutes
from commissioning.monitoring import paper as _monitoring_papers
from commissioning.monitoring import rules as _monitoring
from commissioning.notices import reminding as _notices_due
from commissioning.notices import rules as _notices
from commissioning.overview import commands as _overview
from commissioning.partner_returns import coming as _partner_coming
from commissioning.partner_returns import paper as _partner_papers
from commissioning.partner_returns import rules as _partner_returns
from commissioning.plans import rules as _plans
from commissioning.public import exemptions as _exemptions
from commissioning.public import publishing as _publishing
from commissioning.public import rules as _public
from commissioning.reports import late as _late_reports
from commissioning.reports import reminding as _comments_due
from commissioning.reports import reminding_deadlines as _deadlines_due
from commissioning.reports import rules as _reports
from commissioning.specifications import due as _specifications_due
from commissioning.specifications import rules as _specifications
from commissioning.succession import rules as _succession
from commissioning.units import rules as _units
from commissioning.units import setup_rules as _setup
from workflows.catalogue import load_catalogue
from workflows.loading import DEFINITIONS
from workflows.soundness import Fires


def load_house(nation: str, workflows_dir: str = "") -> None:
    """Prove the shipped definitions and the installation's own together, and put them in force.

    Raises DefinitionError with everything that is wrong with any of them.
    """
    house.use(load_catalogue(folders_of(workflows_dir), house.rules, all_fires()))
    house.nation = nation


def folders_of(workflows_dir: str = "") -> list[Path]:
    """Where definitions lie: those that are shipped, then the installation's own."""
    return [DEFINITIONS, *([Path(workflows_dir)] if workflows_dir else [])]


def all_fires() -> Fires:
    """Which steps of which definitions each registered effect may fire."""
    return {
        name: {(fired.rsplit(".", 1)[0], fired.rsplit(".", 1)[1]) for fired in effect.fires}
        for name, effect in house.rules.effects.items()
    }
