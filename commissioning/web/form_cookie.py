"""The cookie that Flask calls its session: it holds the token against forged forms, and what the next page confirms.

Who is signed in stands in the database (`sessions`), never in this cookie.
"""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class FormCookie(SecureCookieSessionInterface):
    """Flask's own, signed as Flask signs it, with a signer that is made once for the application.

    The digest is named, where Flask hands over a function: a named one is computed by OpenSSL in one go.
    """

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signer is None and app.secret_key:
            how = {"key_derivation": self.key_derivation, "digest_method": "sha1"}
            self._signer = URLSafeTimedSerializer(
                app.secret_key, salt=self.salt, serializer=self.serializer, signer_kwargs=how
            )
        return self._signer
