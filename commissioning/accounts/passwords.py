"""Passwords: argon2 hashes, and what a password must be. Hashing is slow on purpose: never do it in a transaction."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from commissioning.accounts.guessable import what_is_left, words_in

LEAST, MOST = 12, 200
_hasher = PasswordHasher()
_of_codes = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Codes that end after ten minutes: OWASP's least for argon2id, a seventh of the time of a password."""


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """Made when first needed: a hash at import would slow every command and every start."""
    return hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher.hash(password)


def hash_code(code: str) -> str:
    """The argon2id hash to keep of a code for a few minutes."""
    return _of_codes.hash(code)


def is_password(stored: str | None, typed: str) -> bool:
    """Whether this is the password. As slow where there is none, so that time tells nothing."""
    return _is_that(_hasher, stored, typed)


def is_code(stored: str | None, typed: str) -> bool:
    """Whether this is the code that `hash_code` was given; as slow where there is none."""
    return _is_that(_of_codes, stored, typed)


def _is_that(hasher: PasswordHasher, stored: str | None, typed: str) -> bool:
    nobodys = _nobodys(hasher)  # made for everybody's first attempt, so that the first one tells nothing either
    try:
        return hasher.verify(stored or nobodys, typed) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def why_not_password(password: str, email: str, name: str, house: str = "") -> str | None:
    """What is wrong with a new password, in words; None if nothing is. No rules about kinds of characters.

    `house` are the names of the council and of the service.
    """
    low = password.lower()
    if len(password) < LEAST:
        return f"Password must be {LEAST} characters or more: three words that do not belong together are good"
    if len(password) > MOST:
        return f"Password must be {MOST} characters or fewer"
    if len(set(low)) < 5:
        return "Password must not repeat the same few characters"
    if what_is_left(low, words_in(email, name, house)) < LEAST // 2:
        return (
            "Password must not be made of your name, your email address, the council’s name, or of words, keys and "
            "numbers that many people use"
        )
    return None
