"""A mutant in a running process: the code of its functions and the tables of its module are exchanged in place.

A fork of a process that has imported everything and collected its tests takes milliseconds, a new one seconds. What
cannot be exchanged in place (a class, a default that was used on import) is planted on import, in a new process.
"""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.changes import planted, source_of

Key = tuple[str, int]


class NotInPlace(Exception):
    """This mutant has to be planted on import."""


def live_functions(modules: list[str]) -> dict[str, list[FunctionType]]:
    """Every function of these modules that exists now, by its file, wrapped and nested ones too."""
    gc.unfreeze()  # what is kept out of the search for garbage is not among the objects that are there
    found: dict[str, list[FunctionType]] = {str(source_of(module)): [] for module in modules}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in found:
            found[thing.__code__.co_filename].append(thing)
    return found


def plant(module: str, name: str, functions: dict[str, list[FunctionType]]) -> None:
    """Exchange what the mutant changes. Raises NotInPlace."""
    exchange(module, planted(module, f"{module}:nothing"), planted(module, name), functions)


def exchange(module: str, was: ast.Module, becomes: ast.Module, functions: dict[str, list[FunctionType]]) -> None:
    """Exchange what one tree of a module says for what another does. Raises NotInPlace."""
    path = str(source_of(module))
    before = compile(was, path, "exec", dont_inherit=True)
    after = compile(becomes, path, "exec", dont_inherit=True)
    old, new = dict(_codes(before)), dict(_codes(after))
    changed = {key: code for key, code in new.items() if code != old.get(key)}
    done = 0
    for function in functions[path]:
        code = changed.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code is not None:
            if code.co_freevars != function.__code__.co_freevars:
                raise NotInPlace(module)
            function.__code__ = code
            done += 1
    if before.co_code != after.co_code or _plain(before) != _plain(after):
        _exchange_tables(module, after)
    elif not done:
        raise NotInPlace(module)


def _codes(code: CodeType) -> Iterator[tuple[Key, CodeType]]:
    """The code of every function inside; raises NotInPlace where two could be taken for each other."""
    seen: set[Key] = set()
    waiting = [code]
    while waiting:
        for inner in waiting.pop().co_consts:
            if isinstance(inner, CodeType):
                key = (inner.co_qualname, inner.co_firstlineno)
                if key in seen and not inner.co_name.startswith("<"):
                    raise NotInPlace(str(key))
                seen.add(key)
                waiting.append(inner)
                if inner.co_name == "<lambda>" or not inner.co_name.startswith("<"):
                    yield key, inner


def _plain(code: CodeType) -> list[Any]:
    return [c for c in code.co_consts if not isinstance(c, CodeType)]


def _exchange_tables(module: str, code: CodeType) -> None:
    """Run the changed module aside, and put its plain values where the module's own stand and were imported to."""
    live = sys.modules[module]
    aside = ModuleType(module)
    aside.__dict__.update({k: v for k, v in vars(live).items() if k.startswith("__")})
    try:
        exec(code, aside.__dict__)
    except Exception as error:
        raise NotInPlace(str(error)) from error
    plain = (bool, int, str, tuple, list, dict, set, frozenset, type(None))
    done = 0
    for name, value in vars(aside).items():
        old = vars(live).get(name)
        if name.startswith("__") or not isinstance(value, plain) or repr(old) == repr(value):
            continue
        for other in list(sys.modules.values()):
            if getattr(other, name, old is None) is old and name in vars(other):
                setattr(other, name, value)
                done += 1
        if isinstance(old, dict) and isinstance(value, dict):
            old.clear()
            old.update(value)
    if not done:
        raise NotInPlace(module)


class OnImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with its change; everything else as it stands."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> Any:
        if fullname != self.module:
            return None
        path = source_of(fullname)
        places = [str(path.parent)] if path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(fullname, path, loader=self, submodule_search_locations=places)

    def create_module(self, _spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        tree = planted(self.module, self.name)
        exec(compile(tree, str(source_of(self.module)), "exec", dont_inherit=True), module.__dict__)
