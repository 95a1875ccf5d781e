"""Signs of personal data in plain text: a guess, so it warns and never blocks.

Dates of birth by the words before them, NHS numbers by their check digit, National Insurance numbers, postcodes, e-mail
addresses, telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from commissioning.public.safety.signs import WARNING, Sign

_DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?[ /.-](?:\d{1,2}|[A-Z][a-z]{2,8})[ /.-]\d{2,4}|\d{4}-\d{2}-\d{2})"
_BORN = re.compile(rf"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth)\b[ :,]*({_DAY})", re.IGNORECASE)
_TEN = re.compile(r"(?<![\d-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d-])")
_NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_PHONE = re.compile(r"(?<![\d-])(?:\+44 ?(?:\(0\) ?)?|\(?0)[1237](?:[ ()-]?\d){8,9}(?!\d)")
_SHOWN = 3


def signs_in(text: str, known: Iterable[str] = ()) -> list[Sign]:
    """What reads like personal data; `known` are contacts that are meant to be published."""
    meant = {_bare(k) for k in known if k}
    found = (
        ("birth", "a date of birth", [m[1] for m in _BORN.finditer(text)]),
        ("nhs", "an NHS number", [m[0] for m in _TEN.finditer(text) if is_nhs_number(m[0])]),
        ("nino", "a National Insurance number", [m[0] for m in _NINO.finditer(text)]),
        ("postcode", "a postcode", [m[0] for m in _POSTCODE.finditer(text)]),
        ("mail", "an e-mail address", [m[0] for m in _MAIL.finditer(text)]),
        ("phone", "a telephone number", [m[0] for m in _PHONE.finditer(text)]),
    )
    signs = []
    for code, what, hits in found:
        hits = [h for h in dict.fromkeys(hits) if _bare(h) not in meant]  # noqa: PLW2901
        if hits:
            more = f" and {len(hits) - _SHOWN} more" if len(hits) > _SHOWN else ""
            text_ = f"what looks like {what}: {', '.join(hits[:_SHOWN])}{more}"
            signs.append(Sign(code, WARNING, text_, "Take it out, or say why it may be published"))
    return signs


def is_nhs_number(text: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number (modulus 11); ten times the same digit does not."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9]


def _bare(text: str) -> str:
    return re.sub(r"[\s()-]", "", text).lower()
