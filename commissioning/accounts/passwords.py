"""Passwords: argon2 hashes, and what a password must be. Hashing is slow on purpose: never do it in a transaction."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 200
_hasher = PasswordHasher()
_COMMON = {"password", "passwort", "qwerty", "letmein", "welcome", "council", "administrator", "abcdef", "iloveyou"}


@cache
def _nobodys() -> str:
    """Made when first needed: a hash at import would slow every command and every start."""
    return _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher.hash(password)


def is_password(stored: str | None, typed: str) -> bool:
    """Whether this is the password. As slow where there is none, so that time tells nothing."""
    nobodys = _nobodys()  # made for everybody's first attempt, so that the first one tells nothing either
    try:
        return _hasher.verify(stored or nobodys, typed) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def why_not_password(password: str, email: str, name: str) -> str | None:
    """What is wrong with a new password, in words; None if nothing is. No rules about kinds of characters."""
    low = password.lower()
    if len(password) < LEAST:
        return f"Password must be {LEAST} characters or more: three words that do not belong together are good"
    if len(password) > MOST:
        return f"Password must be {MOST} characters or fewer"
    if len(set(low)) < 5:
        return "Password must not repeat the same few characters"
    own = {part for text in (email.partition("@")[0], name) for part in text.lower().split() if len(part) > 3}
    rest = low
    for word in sorted(own | _COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < LEAST // 2:
        return "Password must not be your name, your email address or a word that many people use"
    return None
