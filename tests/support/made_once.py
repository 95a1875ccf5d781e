"""What a test process makes once, where every application and engine of a test would make it anew.

The service makes one application and one engine in a process; a run of all tests makes some thousand of each. Here:
compiled templates and addresses, definitions that were read, compiled statements. Each is looked
up by all that it is made from, so that sharing it changes nothing but the time.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

from workflows import loading

MANY_STATEMENTS = 5000


def _key(bucket: Bucket) -> str:
    """Also by the kind of environment: ours has its own code made from a template, which Flask's could not run."""
    return f"{type(bucket.environment).__module__} {bucket.key}"


class Templates(BytecodeCache):
    """Compiled templates in memory; jinja itself compares them with the checksum of their source."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept."""
        if _key(bucket) in self._kept:
            bucket.bytecode_from_string(self._kept[_key(bucket)])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[_key(bucket)] = bucket.bytecode_to_string()


def share() -> None:
    """From now on every application and every engine of this process shares them."""
    Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": Templates()}
    _share_compiled_addresses()
    loading.load_text = cache(loading.load_text)
    _share_compiled_statements()


def _share_compiled_addresses() -> None:
    """What a rule of the URL map is compiled to follows from its text, its defaults and how the map is set."""
    make, kept = Rule.compile, dict[Any, dict[str, Any]]()

    def compile_once(rule: Rule) -> None:
        key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, tuple((rule.defaults or {}).items()))
        if key not in kept:
            make(rule)
            kept[key] = {name: rule.__dict__[name] for name in ("_parts", "_trace", "_converters", "arguments")}
            kept[key] |= {name: getattr(rule, name).__func__ for name in _BUILDERS}
            return
        rule.__dict__ |= {name: value for name, value in kept[key].items() if name not in _BUILDERS}
        rule.__dict__ |= {name: kept[key][name].__get__(rule) for name in _BUILDERS}

    Rule.compile = compile_once


_BUILDERS = ("_build", "_build_unknown")


def _share_compiled_statements() -> None:
    """Dialects that are set alike are one to every store of statements, and engines share SQLAlchemy's own."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__hash__ = lambda self: hash((type(self), self.paramstyle))
        dialect.__eq__ = lambda self, other: type(self) is type(other) and self.paramstyle == other.paramstyle
    kept = LRUCache[Any, Any](MANY_STATEMENTS)
    # A property of the class: what an engine sets for itself as it is made has no effect.
    Engine._compiled_cache = property(lambda _: kept, lambda _, own: None)
