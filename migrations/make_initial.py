"""Draws the first migration anew from the models, while no schema has been released: `python -m migrations.make_initial`."""

import re
import tempfile
from pathlib import Path

from alembic import command

from commissioning.db import migration_config

VERSIONS = Path(__file__).parent / "versions"


def main():
    for old in VERSIONS.glob("*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        config = migration_config(f"sqlite:///{folder}/empty.db")
        command.revision(config, "First schema", autogenerate=True, rev_id="0001")
    path = next(VERSIONS.glob("0001*.py"))
    text = path.read_text()
    text = re.sub(r"commissioning\.models\.base\.UTCDateTime\([^)]*\)", "sa.DateTime(timezone=True)", text)
    text = text.replace(
        "from alembic import op\n",
        "from alembic import op\n\nfrom commissioning.models.triggers import create_statements\n",
    )
    text = text.replace(
        "\n\n\ndef downgrade",
        "\n    for statement in create_statements(op.get_bind().dialect.name):\n        op.execute(sa.text(statement.replace(':', '\\\\:')))\n\n\ndef downgrade",
    )
    text = (
        text[: text.index("def downgrade")]
        + 'def downgrade():\n    raise NotImplementedError("there is nothing before the first schema")\n'
    )
    path.write_text(text)


if __name__ == "__main__":
    main()
