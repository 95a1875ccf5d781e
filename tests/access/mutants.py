"""Single checks taken out of the rules of access, one at a time, in a copy of their source: each must be noticed.

    python -m tests.access.mutants [--every N] [--start N] [--only TEXT]        (or: make fuzz ARGS="--mutants")

Here: how a check is found and taken out, by the shape of the code and from outside; nothing in what is shipped knows
of it. `rules` and `gates` are asked, first by `in_place`, and of what goes unnoticed there again in a process that
imports the changed copy. One mutant changes nothing, and must not be noticed. Writes build/mutants.json.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOTHING = "commissioning.policy:nothing:0"
RULES = (
    "commissioning.policy",
    *(f"commissioning.visibility.{m}" for m in ("parts", "papers", "units", "cycles", "weighing", "library")),
)
_EMPTY = "a short cut: who is nobody has no people and no posts, and `in` none of them finds nothing"
_FOREIGN = "the kind narrows where the database looks: what stands there is of that kind, by its foreign key"
ALIKE = {
    "commissioning.visibility.parts:refusal:1": _EMPTY,
    "commissioning.visibility.parts:refusal:2": _EMPTY,
    "commissioning.visibility.papers:refusal:0": _EMPTY,
    "commissioning.visibility.papers:refusal:1": _EMPTY,
    "commissioning.visibility.cycles:refusal:1": _EMPTY,
    "commissioning.visibility.cycles:refusal:3": _EMPTY,
    "commissioning.visibility.units:refusal:4": _EMPTY,
    "commissioning.visibility.papers:where:17": _FOREIGN,
    "commissioning.visibility.papers:where:47": _FOREIGN,
}
"""Mutants that do what the code does, by name, with the reason; one that is noticed does not belong here."""
Change = Callable[[], None]


def modules() -> list[str]:
    """Modules with checks: policy, visibility, the gate itself, and every module with views."""
    views = sorted(
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for path in (ROOT / "commissioning").rglob("*.py")
        if "@access." in path.read_text(encoding="utf-8")
    )
    return [*RULES, "commissioning.visibility", "commissioning.web.access", *views]


def source_of(module: str) -> Path:
    """Where a module stands."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def changes(module: str, tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """Each check of a module with the change that takes it out of the tree."""
    if module == "commissioning.policy":
        yield from _table(tree)
    if module in RULES or module == "commissioning.web.access":
        yield from _conditions(tree)
    if module.startswith("commissioning.visibility."):
        yield from _predicates(tree)
    yield from _declarations(tree)
    yield "nothing:0", lambda: None


def _table(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """One role that bars somebody from one step; the state in which one action may be done."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.value, ast.Dict):
            continue
        for key, value in zip(node.value.keys, node.value.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else ""
            if ast.unparse(node.target) == "BARRED" and isinstance(value, ast.Tuple):
                for role in value.elts:
                    yield f"barred:{name}/{ast.literal_eval(role)}", _without(value.elts, role)
            if ast.unparse(node.target) == "ACTIONS" and isinstance(value, ast.Call) and len(value.args) == 3:
                yield f"when:{name}", _without(value.args, value.args[2])


def _conditions(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """One operand of an `and`; one condition of and_() or where(); one early refusal."""
    conjuncts = wheres = refusals = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            for operand in list(node.values):
                yield f"conjunct:{conjuncts}", _replaced(node.values, operand, ast.Constant(True))
                conjuncts += 1
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"and_", "where"}:
            for argument in list(node.args) if len(node.args) > 1 else ():
                yield f"where:{wheres}", _without(node.args, argument)
                wheres += 1
        if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], ast.Return | ast.Raise):
            yield f"refusal:{refusals}", _assigned(node, "test", ast.Constant(False))
            refusals += 1


def _predicates(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """One whole predicate: everything of its kind is seen."""
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef)
            and ast.unparse(node.returns or ast.Constant(None)) == "ColumnElement[bool]"
        ):
            yield (
                f"predicate:{node.name}",
                _assigned(node, "body", ast.parse("from sqlalchemy import true\nreturn true()").body),
            )


def _declarations(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """One view that anybody may call who is signed in, or nobody need be."""
    for node in ast.walk(tree):
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            said = ast.unparse(decorator)
            if said.startswith("access.") and said != "access.public" and isinstance(node, ast.FunctionDef):
                new = ast.parse(f"access.{_weaker(said)}", mode="eval").body
                yield f"access:{node.name}", _replaced(node.decorator_list, decorator, new)


def _weaker(said: str) -> str:
    return "signed_in" if said.startswith("access.allowed(") else "public"


def _without(items: list[Any], item: Any) -> Change:
    return lambda: items.remove(item)


def _replaced(items: list[Any], item: Any, new: Any) -> Change:
    def change() -> None:
        items[items.index(item)] = new

    return change


def _assigned(node: ast.AST, name: str, new: Any) -> Change:
    return lambda: setattr(node, name, new)


def changed(module: str, what: str) -> ast.Module:
    """The module's tree with one check taken out."""
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    dict(changes(module, tree))[what]()
    return ast.fix_missing_locations(tree)


def weaker(module: str, view: str) -> str:
    """What the view declares instead, where its declaration is taken out."""
    for node in ast.walk(ast.parse(source_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == view:
            return next(_weaker(said) for d in node.decorator_list if (said := ast.unparse(d)).startswith("access."))
    raise LookupError(view)


def names() -> list[str]:
    """Every mutant by name."""
    found = []
    for module in modules():
        tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
        found += [f"{module}:{what}" for what, _change in changes(module, tree) if what != "nothing:0"]
    return found


class Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with its change; everything else as it stands."""

    def __init__(self, name: str) -> None:
        self.module, self.what = name.split(":", 1)
        self.is_done = False

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> Any:
        if fullname != self.module:
            return None
        path = source_of(fullname)
        places = [str(path.parent)] if path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(fullname, path, loader=self, submodule_search_locations=places)

    def create_module(self, _spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        tree = changed(self.module, self.what)
        self.is_done = True
        exec(compile(tree, str(source_of(self.module)), "exec"), module.__dict__)


def make_database(folder: Path) -> Path:
    """The world in a new SQLite file."""
    made = folder / "world.db"
    run = f"from tests.access.mutants import build; build({str(made)!r})"
    subprocess.run([sys.executable, "-c", run], cwd=ROOT, check=True)
    return made


def build(path: str) -> None:
    """Make the world there, and leave."""
    from commissioning.db import upgrade
    from tests.access.site import keep, open_site

    upgrade(f"sqlite:///{path}")
    with open_site(f"sqlite:///{path}") as site:
        keep(site, f"{path}.site")


def noticed(name: str, database: Path) -> list[str]:
    """What the rules say of a mutant; nothing if it goes unnoticed. A mutant that does not even start is noticed."""
    command = [sys.executable, "-m", "tests.access.mutants", "--ask", name, str(database)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode == 0:
        return list(json.loads(said.stdout.splitlines()[-1]))
    return [f"it does not run: {said.stderr.splitlines()[-1] if said.stderr else said.returncode}"]


def ask(name: str, database: str) -> list[str]:
    """In a process of its own: plant it, and ask the rules until one of them differs."""
    planted = Planted(name)
    sys.meta_path.insert(0, planted)
    from tests.access.gates import gates, started
    from tests.access.rules import barred, seen
    from tests.access.site import reopen_site

    with reopen_site(f"sqlite:///{database}", f"{database}.site") as site:
        if not planted.is_done:
            raise LookupError(f"{planted.module} was never imported")
        kinds = [lambda: started(site.app), lambda: gates(site.app, site.clients, first=planted.module)]
        if planted.module in RULES or planted.module == "commissioning.visibility":
            kinds = [barred, lambda: seen(site), *kinds]
        for kind in kinds:
            found = next(iter(kind()), None)
            if found is not None:
                return [found]
    return []


def main() -> int:
    """From the command line; 1 if one goes unnoticed, or the one that changes nothing is noticed."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--every", type=int, default=1, help="only every so-manyeth mutant")
    words.add_argument("--start", type=int, default=0, help="with --every: the first of them (0)")
    words.add_argument("--only", default="", help="only those with this in their name")
    words.add_argument("--ask", nargs=2, metavar=("NAME", "DATABASE"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.ask:
        print(json.dumps(ask(*given.ask)))
        return 0
    return run(given.every, given.only, given.start)


def run(every: int = 1, only: str = "", start: int = 0) -> int:
    """Take them out one by one and say which were not noticed."""
    from tests.access.in_place import standing

    chosen = [name for name in names() if only in name][start::every]
    with tempfile.TemporaryDirectory() as folder:
        database = make_database(Path(folder))
        with standing(database) as site:
            control = ["in place"] if site.notices(NOTHING) else []
            missed = [name for name in chosen if not site.notices(name)]
        unnoticed = {name for name in missed if not noticed(name, database)}
        control += noticed(NOTHING, database)
    survived = sorted(unnoticed - ALIKE.keys())
    wrong = [name for name in chosen if name in ALIKE and name not in unnoticed]
    for name in survived:
        print(f"not noticed: {name}")
    for name in wrong:
        print(f"listed as doing what the code does, and noticed: {name}")
    if control:
        print(f"a mutant that changes nothing is noticed: {control}")
    asked = len(chosen) - len(unnoticed & ALIKE.keys())
    caught = asked - len(survived)
    print(f"mutants: {caught} of {asked} noticed, {len(chosen) - asked} more do what the code does")
    row = {
        "name": "single checks taken out",
        "unit": "noticed",
        "value": caught,
        "must": asked,
        "aim": asked,
    }
    build_folder = ROOT / "build"
    build_folder.mkdir(exist_ok=True)
    rows = [row | {"ok": not (survived or wrong or control), "n": asked, "survived": survived}]
    (build_folder / "mutants.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if survived or wrong or control else 0


if __name__ == "__main__":
    sys.exit(main())
