"""`python -m tests.support.migrations`: what the migrations build is what the models say, on each engine.

Runs the commands that people run (`flask db upgrade`, `flask db check`) on empty databases. Prints what they
said and exits 1 at the first that fails.
"""

import os
import subprocess
import sys
import tempfile

from tests.support.databases import ROOT, postgres


def faults(url: str) -> str:
    """What the commands say of an empty database at `url`, if one of them fails; else nothing."""
    environment = {
        **os.environ,
        "FLASK_APP": "wsgi",
        "DATABASE_URL": url,
        "SECRET_KEY": "only-for-this-check",
    }
    for verb in ("upgrade", "check"):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "db", verb],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            return f"flask db {verb} on {url.split(':')[0]}:\n{done.stdout}{done.stderr}"
    return ""


def main() -> int:
    """Check SQLite, then PostgreSQL."""
    with tempfile.TemporaryDirectory() as directory:
        said = faults(f"sqlite:///{directory}/check.db")
    if not said:
        with postgres(durable=False) as server:
            said = faults(server.url(server.create()))
    print(said, end="", file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
