"""The small changes that are made to a module, one at a time, by the shape of its code.

Each change has a name that does not move with line numbers: `module:function:kind:nth of that kind there`. Not changed:
words that people read (texts with a space), docstrings, annotations, `__slots__`, what only a type checker sees.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[], None]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CODE = re.compile(r"[A-Za-z0-9_.:@-]+")
TYPES = {"Literal", "dict", "list", "tuple", "Callable", "Mapping"}
JOINED = {"where", "and_", "or_", "having"}


@dataclass(frozen=True)
class Mutant:
    """One change: its name, the lines that it touches, whether they run on call, and how it is made in the tree."""

    name: str
    lines: tuple[int, int]
    inside: str
    is_in_function: bool
    change: Change


def source_of(module: str) -> Path:
    """Where a module stands."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def mutants(module: str, tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of the module; `change` works on this very tree, so parse a new one for each."""
    counted: Counter[tuple[str, str]] = Counter()
    for node, inside, is_called in _nodes(tree, "", is_called=False):
        for kind, change in _changes(node):
            nth = counted[inside, kind]
            counted[inside, kind] += 1
            name = f"{module}:{inside or 'module'}:{kind}:{nth}"
            where = node if hasattr(node, "lineno") else getattr(node, "target", node)
            lines = (getattr(where, "lineno", 0), getattr(where, "end_lineno", 0))
            yield Mutant(name, lines, inside, is_called, change)


def planted(module: str, name: str) -> ast.Module:
    """The module's tree with this one change made. Raises LookupError if there is no such mutant."""
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    for mutant in mutants(module, tree):
        if mutant.name == name:
            mutant.change()
            return ast.fix_missing_locations(tree)
    if name == f"{module}:nothing":
        return tree
    raise LookupError(f"there is no mutant {name}")


def _nodes(node: ast.AST, inside: str, *, is_called: bool) -> Iterator[tuple[ast.AST, str, bool]]:
    """Every node that may be changed, outermost first, with what it stands in, and whether that runs when called."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            name = getattr(child, "name", None)
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            within = f"{inside}.{name}".lstrip(".") if is_function or isinstance(child, ast.ClassDef) else inside
            is_default = isinstance(child, ast.arguments)  # worked out on import
            runs = (is_called or is_function or isinstance(child, ast.Lambda)) and not is_default
            yield child, within, runs
            yield from _nodes(child, within, is_called=runs)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"__slots__", "__all__", "__table_args__"}:
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"TypeVar", "NewType", "cast"}:
        return True
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in TYPES:
        return True
    return isinstance(node, ast.JoinedStr | ast.ImportFrom | ast.Import | ast.Assert)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What may be changed at this very node."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            yield "compare", _set_item(node.ops, index, COMPARISONS[type(operator)]())
    elif isinstance(node, ast.BoolOp):
        yield "and-or", _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield "operator", _set(node, "op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", _become(node, node.operand)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in JOINED:
        for index in range(len(node.args)):
            yield "condition-dropped", _drop(node.args, index)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for index in range(len(node.elts)) if len(node.elts) > 1 else ():
            yield "item-dropped", _drop(node.elts, index)
    elif isinstance(node, ast.Dict):
        for index in range(len(node.keys)):
            yield "entry-dropped", _both(_drop(node.keys, index), _drop(node.values, index))
    else:
        yield from _of_statement(node)


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    if isinstance(node.value, bool):
        yield "bool", _set(node, "value", not node.value)
    elif isinstance(node.value, int):
        yield "number", _set(node, "value", node.value + 1)
    elif isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield "code", _set(node, "value", node.value + "XX")


def _of_statement(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not _turns_elsewhere(node.test):
        yield "condition", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for index, condition in enumerate(node.ifs):
            if not _turns_elsewhere(condition):
                yield "filter", _set_item(node.ifs, index, ast.UnaryOp(ast.Not(), condition))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_no(node.value):
        yield "return", _set(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Yield) and node.value is not None:
        yield "yield", _set(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Raise | ast.AugAssign | ast.Delete | ast.Expr) and not _is_yield(node):
        yield f"{type(node).__name__.lower()}-removed", _become_pass(node)
    elif isinstance(node, ast.Continue | ast.Break):
        yield "continue-break", _become(node, ast.Break() if isinstance(node, ast.Continue) else ast.Continue())


def _turns_elsewhere(test: ast.expr) -> bool:
    """A comparison for equality, identity or membership, or a `not`, is turned round where it stands."""
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    sharp = ast.Eq | ast.NotEq | ast.Is | ast.IsNot | ast.In | ast.NotIn
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], sharp)


def _is_no(node: ast.expr) -> bool:
    """None; or False, which is turned round where it stands and reads as None does."""
    return isinstance(node, ast.Constant) and node.value in (None, False)


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)


def _set(node: ast.AST, field: str, value: Any) -> Change:
    return lambda: setattr(node, field, value)


def _set_item(items: list[Any], index: int, value: Any) -> Change:
    return lambda: items.__setitem__(index, value)


def _drop(items: list[Any], index: int) -> Change:
    return lambda: items.__delitem__(index)


def _both(one: Change, other: Change) -> Change:
    def change() -> None:
        one()
        other()

    return change


def _become(node: ast.AST, other: ast.AST) -> Change:
    """The node takes the other's place in every respect: nothing has to know its parent."""

    def change() -> None:
        kept = {name: value for name, value in vars(node).items() if name.endswith(("lineno", "col_offset"))}
        fields = dict(vars(other))
        node.__class__ = other.__class__
        vars(node).clear()
        vars(node).update(fields | kept)

    return change


def _become_pass(node: ast.AST) -> Change:
    return _become(node, ast.Pass())
