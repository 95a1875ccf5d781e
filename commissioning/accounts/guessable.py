"""How much of a password is left when what everybody tries first is taken away: the rule against common passwords.

A list of the commonest passwords holds few of twelve characters or more, and those are put together from the same
things: a word that people like, a walk over the keyboard, a year, the name of the house. So these are taken away here,
whatever stands for a letter read as that letter, and what is left has to be a password by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LIKED = frozenset(
    """
    password passwort passw passwd pass letmein welcome login logon admin administrator root user guest test testing
    default changeme change secret private access master superman batman spiderman starwars pokemon dragon monkey tiger
    lion eagle falcon phoenix shadow hunter killer ranger soldier warrior wizard merlin matrix ninja pirate cowboy
    football soccer rugby cricket hockey baseball basketball tennis golf liverpool chelsea arsenal manchester united
    everton newcastle rangers celtic barcelona england scotland wales ireland london britain british
    iloveyou loveyou love loves lovely lover forever angel princess prince queen king baby babygirl sweet sweetie honey
    sunshine flower flowers butterfly cherry banana orange apple lemon chocolate cheese cookie pepper ginger peanut
    butter coffee summer winter spring autumn january february march april june july august september october november
    december monday tuesday wednesday thursday friday saturday sunday christmas birthday holiday happy lucky smile
    computer internet google facebook microsoft windows samsung sony ericsson nokia iphone android playstation nintendo
    minecraft system server network office company business work house home money family friend friends mother father
    brother sister daddy mummy charlie daniel thomas james michael jessica jennifer ashley matthew joshua andrew robert
    george harry oliver jack sophie emily charlotte amelia nicole michelle samantha hannah william david jordan justin
    christopher alexander victoria elizabeth sarah rachel laura rebecca lauren anthony steven richard mustang porsche
    ferrari mercedes yamaha suzuki honda corvette harley silver golden purple yellow green black white blue freedom
    whatever trustno trust nothing blessed jesus christ heaven god star stars moon rainbow diamond crystal thunder
    metallica slipknot nirvana blink eminem guitar music hello qwertz azerty abcdef qazwsx zxcvbn asdf qwer
    council councils county borough district city town parish council's commissioning commission approvals approval
    """.split()  # noqa: SIM905 - reads better than four hundred quoted words
)
_READ_AS = str.maketrans("@4031!5$7+8", "aaoeiissttb")
"""As long as what it is made from: a character for a character."""
_ROWS = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")
_AT = {key: (row, column + row * 0.5) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
WALK = 3
"""Keys in a row, each beside the one before, that make a walk."""
DIGITS = 4
"""How many digits count, in all: more of them are a year, a telephone number, a day of birth."""


def words_in(*texts: str) -> set[str]:
    """The words of names and addresses that are long enough to look for."""
    return {word for text in texts for word in re.split(r"[^a-z]+", text.lower()) if len(word) > 3}


def what_is_left(password: str, own: Iterable[str] = ()) -> int:
    """How many characters of a password are its own: neither liked words, nor walks, nor repetition, nor many digits.

    `own` are words that somebody who knows the person or the house would try.
    """
    low = password.lower()
    if re.fullmatch(r"(.{1,7}?)\1+", low):
        return 0
    rest, read = low, low.translate(_READ_AS)
    for word in sorted({w for w in own if len(w) > 3} | _LIKED, key=len, reverse=True):
        for text in (low, read):
            for at in (found.start() for found in re.finditer(re.escape(word), text)):
                rest = rest[:at] + " " * len(word) + rest[at + len(word) :]
    rest = _without_walks(rest)
    others = {c for c in rest if not c.isalnum() and c != " "}
    return sum(c.isalpha() for c in rest) + min(sum(c.isdigit() for c in rest), DIGITS) + len(others)


def _without_walks(text: str) -> str:
    kept, run = [], ""
    for key in text:
        if run and not _is_beside(run[-1], key):
            kept.append(" " if len(run) >= WALK else run)
            run = ""
        run += key
    kept.append(" " if len(run) >= WALK else run)
    return "".join(kept)


def _is_beside(one: str, other: str) -> bool:
    """Whether two keys are the same, touch each other, or follow each other in the alphabet."""
    if one == other or (one.isalnum() and other.isalnum() and abs(ord(one) - ord(other)) == 1):
        return True
    if one not in _AT or other not in _AT:
        return False
    (row, column), (row_too, column_too) = _AT[one], _AT[other]
    return abs(row - row_too) <= 1 and abs(column - column_too) <= 1.5
