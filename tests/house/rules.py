"""The rules of the house: each takes the root of a tree and returns what breaks it, as "path:line: what".

Here: rules that no linter of ours knows. Not here: layers between packages (`.importlinter`), style (ruff).
The lists at the top say where each rule does not hold, and why; a new entry wants a reason too.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PRODUCT = ("commissioning", "workflows", "config.py", "wsgi.py")
EVERYTHING = (
    *PRODUCT,
    "tests",
    "templates",
    "migrations",
    "docs",
    "requirements",
    ".ci",
    "Makefile",
    "README.md",
)
VENDORED = "commissioning/static/"  # released files of other projects, kept as they came

READS_THE_CLOCK = ("commissioning/clock.py",)
MOVES_STATE = ("commissioning/casework/",)
COMMITS = ("commissioning/db.py",)
# The web edge: what may know of HTTP. The package's own file holds create_app.
WEB_EDGE = (
    "commissioning/__init__.py",
    "commissioning/web/",
    "commissioning/api/",
    "commissioning/blueprints.py",
    "commissioning/cli.py",
    "commissioning/jobs.py",
    "commissioning/late_cli.py",
    "commissioning/serve.py",
)
WEB_EDGE_FILES = ("routes", "forms")  # in every feature: routes.py, and routes_x.py where one would be too long
OPENS_PAGES = ("tests/support/browser.py",)
LOADING_EDGE = ("workflows/loading.py", "workflows/reading.py", "workflows/schema.py")

LONG_FILE = 400  # lines: said aloud
TOO_LONG_FILE = 450  # lines: refused
TOO_LONG_TEST = 700  # a table of cases and what each must give reads best in one place

Rule = Callable[[Path], list[str]]

_CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
    "sqlalchemy.func.current_date",
}
_SKIPS = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.importorskip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "unittest.skip",
    "unittest.skipIf",
    "unittest.skipUnless",
    "unittest.expectedFailure",
}
# Written in pieces, so that this file passes its own rule.
_UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|(?i:coming" + r" soon)")
_MOVES_BY_SQL = re.compile(r"\bupdate\s+cases\s+set\b[^;]*\bstate\s*=", re.IGNORECASE)
_JINJA_QUIET = re.compile(r"{#.*?#}|{%.*?%}", re.DOTALL)
_JINJA_VALUE = re.compile(r"{{(.*?)}}", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_INLINE = re.compile(r"\s(style|on[a-z]+)\s*=|=\s*[\"']?\s*javascript:", re.IGNORECASE)
_INLINE_ARGUMENT = re.compile(r"[\"'](style|on[a-z]{4,})[\"']\s*:")
_SCRIPT = re.compile(r"<(script\b(?![^>]*\ssrc\s*=)|style\b)", re.IGNORECASE)


def files(root: Path, places: tuple[str, ...], *suffixes: str) -> Iterator[tuple[str, str]]:
    """The files at `places` under `root` with one of `suffixes` (or any): path from the root, and text."""
    for place in places:
        start = root / place
        found = [start] if start.is_file() else sorted(path for path in start.rglob("*") if path.is_file())
        for path in found:
            name = path.relative_to(root).as_posix()
            if "__pycache__" in name or name.startswith(VENDORED) or (suffixes and path.suffix not in suffixes):
                continue
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture, a font: no words of ours


def names_used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name that a module refers to, with its line, imports resolved to what they stand for."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known.update({alias.asname or alias.name.split(".")[0]: _bound(alias) for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            known.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in known and isinstance(node, ast.Name | ast.Attribute):
            yield node.lineno, ".".join([known[inner.id], *reversed(parts)])


def _bound(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.split(".")[0]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported by its full name, anywhere in the file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _product(root: Path, *, but: tuple[str, ...] = (), says: Iterable[str] = ()) -> Iterator[tuple[str, ast.Module]]:
    """The product's modules; with `says` those alone in whose text one of these words stands: the rest is not read."""
    for name, text in files(root, PRODUCT, ".py"):
        if not name.startswith(but or ("\0",)) and _says(text, says):
            yield name, ast.parse(text, name)


def _says(text: str, words: Iterable[str]) -> bool:
    wanted = tuple(words)
    return not wanted or any(word in text for word in wanted)


def _last_words(names: Iterable[str]) -> set[str]:
    """What stands in any text that refers to one of these dotted names, whatever it is imported as."""
    return {part for name in names for part in name.split(".")[-1:]}


def nothing_unfinished(root: Path) -> list[str]:
    """No marker of unfinished work on the main branch (convention 15)."""
    suffixes = (
        ".py",
        ".html",
        ".txt",
        ".md",
        ".yaml",
        ".yml",
        ".toml",
        ".css",
        ".js",
        ".json",
        ".in",
        ".sh",
        "",
    )
    return [
        f"{name}:{number}: {match.group()}"
        for name, text in files(root, EVERYTHING, *suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if (match := _UNFINISHED.search(line))
    ]


def one_clock(root: Path) -> list[str]:
    """Only commissioning/clock.py reads the clock, also the database's (convention 9)."""
    return [
        f"{name}:{line}: {used}"
        for name, tree in _product(root, but=READS_THE_CLOCK, says=_last_words(_CLOCKS))
        for line, used in names_used(tree)
        if used in _CLOCKS
    ]


def one_door(root: Path) -> list[str]:
    """Only casework sets the state of a case (convention 1)."""
    return [
        f"{name}:{line}: {what}"
        for name, tree in _product(root, but=MOVES_STATE)
        if name.startswith("commissioning/")
        for node in ast.walk(tree)
        for line, what in _state_set(node)
    ]


def _state_set(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Attribute(attr="state", ctx=ast.Store() | ast.Del(), lineno=line):
            yield line, "assigns .state"
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="state"), *_], lineno=line):
            yield line, 'setattr "state"'
        case ast.Call(
            func=ast.Attribute(attr=("values" | "Case") as called) | ast.Name(id="Case" as called),
            lineno=line,
        ):
            if any(keyword.arg == "state" for keyword in node.keywords) or any(
                isinstance(key, ast.Constant) and key.value == "state"
                for argument in node.args
                if isinstance(argument, ast.Dict)
                for key in argument.keys
            ):
                yield line, f"{called}(state=...)"
        case ast.Constant(value=str(text), lineno=line) if _MOVES_BY_SQL.search(text):
            yield line, "sets state by SQL"


def one_commit_site(root: Path) -> list[str]:
    """Only commissioning/db.py commits, or opens a block that commits at its end (convention 3)."""
    return [
        f"{name}:{node.lineno}: .{node.func.attr}("
        for name, tree in _product(root, but=COMMITS, says=(".commit", ".begin"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("commit", "begin")
    ]


def no_web_below_the_edge(root: Path) -> list[str]:
    """Below the web edge nothing imports Flask, Werkzeug or WTForms."""
    found = []
    for name, tree in _product(root, but=WEB_EDGE, says=("flask", "werkzeug", "wtforms")):
        if Path(name).stem.split("_")[0] in WEB_EDGE_FILES or "/" not in name:
            continue
        for line, module in imports(tree):
            top = module.split(".")[0]
            if top in ("flask", "werkzeug", "wtforms") or top.startswith("flask_"):
                found.append(f"{name}:{line}: imports {module}")
    return found


def workflows_stand_alone(root: Path) -> list[str]:
    """workflows imports the standard library, transitions and itself; at the loading edge YAML and a schema
    too."""
    found = []
    for name, text in files(root, ("workflows",), ".py"):
        allowed = {"workflows", "transitions", *sys.stdlib_module_names}
        if name in LOADING_EDGE:
            allowed |= {"yaml", "pydantic", "jsonschema"}
        found += [
            f"{name}:{line}: imports {module}"
            for line, module in imports(ast.parse(text, name))
            if module.split(".")[0] not in allowed
        ]
    return found


def no_skipped_tests(root: Path) -> list[str]:
    """Every test runs: nothing is skipped, nothing is expected to fail."""
    return [
        f"{name}:{line}: {used}"
        for name, text in files(root, ("tests",), ".py")
        if _says(text, _last_words(_SKIPS))
        for line, used in names_used(ast.parse(text, name))
        if used in _SKIPS
    ]


def browsers_open_pages_in_one_way(root: Path) -> list[str]:
    """Only `open_page` opens a page: it is watched, and its presses wait for the page that they lead to."""
    return [
        f"{name}:{node.lineno}: .{node.func.attr}("
        for name, text in files(root, ("tests",), ".py")
        if name not in OPENS_PAGES and _says(text, ("new_context", "new_page"))
        for node in ast.walk(ast.parse(text, name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("new_context", "new_page")
    ]


def no_inline_code_in_templates(root: Path) -> list[str]:
    """No style or script in a page, in a tag or among a macro's arguments: the content security policy has no
    'unsafe', so it would not work."""
    found = []
    for name, text in files(root, ("templates",), ".html"):
        found += [f"{name}:{_line(text, m)}: {m.group()}" for m in _INLINE_ARGUMENT.finditer(text)]
        html = _JINJA_VALUE.sub(_blank, _JINJA_QUIET.sub(_blank, text))
        found += [f"{name}:{_line(html, m)}: inline {m.group(1)}" for m in _SCRIPT.finditer(html)]
        found += [
            f"{name}:{_line(html, m, tag.start())}: {m.group().strip()}"
            for tag in _TAG.finditer(html)
            for m in _INLINE.finditer(tag.group())
        ]
    return found


def _blank(match: re.Match[str]) -> str:
    """As many line ends as before and nothing else, so that line numbers stay right and `a > b` closes no
    tag."""
    return "v" + "\n" * match.group().count("\n")


def _line(text: str, match: re.Match[str], offset: int = 0) -> int:
    """The line on which the words of `match` begin, which may come after white space."""
    space = len(match.group()) - len(match.group().lstrip())
    return text.count("\n", 0, offset + match.start() + space) + 1


def long_files(root: Path, above: int, places: tuple[str, ...] = (*PRODUCT, "tests")) -> list[str]:
    """Python files at `places` of more than `above` lines."""
    counted = ((name, len(text.splitlines())) for name, text in files(root, places, ".py"))
    return [f"{name}: {lines} lines" for name, lines in counted if lines > above]
