"""The second factor: an authenticator app (TOTP, RFC 6238), and the picture from which it learns its secret."""

from __future__ import annotations

import io
from datetime import datetime

import pyotp
import segno

STEP_S = 30
_AROUND = (0, -1, 1)
"""Time steps that are accepted: this one, and one to each side for clocks that are not quite right."""


def new_secret() -> str:
    """A fresh secret, base32, 160 bits."""
    return pyotp.random_base32()


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
