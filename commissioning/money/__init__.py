"""Money of the units: years, baselines, cash limits and the commissioning budget, virements, actuals, grants."""
