"""The second factor: an authenticator app (TOTP, RFC 6238), and the picture from which it learns its secret.

The secret is stored sealed with a key that comes from SECRET_KEY, which is not in the database: a copy of the database
alone makes no codes.
"""

from __future__ import annotations

import base64
import io
from datetime import datetime
from functools import lru_cache

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP_S = 30
_SEALED = "sealed1:"
"""Before every sealed secret; what is stored without it is from before and is sealed when it is next used."""
_AROUND = (0, -1, 1)
"""Time steps that are accepted: this one, and one to each side for clocks that are not quite right."""


def new_secret() -> str:
    """A fresh secret, base32, 160 bits."""
    return pyotp.random_base32()


@lru_cache(maxsize=4)
def _fernet(pepper: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"authenticator secrets").derive(pepper.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(secret: str, pepper: str) -> str:
    """The secret as it is stored. `pepper` is the installation's SECRET_KEY."""
    return _SEALED + _fernet(pepper).encrypt(secret.encode()).decode()


def is_sealed(stored: str) -> bool:
    """Whether what is stored is sealed already."""
    return stored.startswith(_SEALED)


def opened(stored: str, pepper: str) -> str | None:
    """The secret from what is stored; None if it was sealed under another SECRET_KEY or altered."""
    if not is_sealed(stored):
        return stored
    try:
        return _fernet(pepper).decrypt(stored.removeprefix(_SEALED)).decode()
    except InvalidToken:
        return None


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, or None. Whether the step was used before is for the caller to check."""
    digits = "".join(code.split())
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // STEP_S
    for offset in _AROUND:
        if pyotp.utils.strings_equal(totp.generate_otp(now + offset), digits):
            return now + offset
    return None


def picture(secret: str, email: str, issuer: str) -> str:
    """The QR code as SVG, to be scanned by the app; it carries no style and no script."""
    import segno  # draws for nobody but who sets up a second factor: not loaded at every start

    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
    buffer = io.BytesIO()
    segno.make(address, error="m").save(
        buffer,
        kind="svg",
        border=4,
        xmldecl=False,
        nl=False,
        light="#fff",
        svgclass="app-qr",
        lineclass=None,
        omitsize=True,
    )
    return buffer.getvalue().decode()


def spelled(secret: str) -> str:
    """The secret in groups of four, to be typed by hand."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
