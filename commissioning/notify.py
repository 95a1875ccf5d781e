"""GOV.UK Notify as the other way of sending e-mail: https://docs.notifications.service.gov.uk/rest-api.html

Notify takes no Message-ID of ours: it takes a reference, which is looked up before anything is sent a second time, so
that what it accepted in a call that broke off is not sent twice. It tells later what came back: `list_failures`.
Refusals are raised as the ones that a mail server makes, so that whoever sends need not know which way it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from config import NOTIFY_KEY

TIMEOUT_S: Final = 10
MOST_PAGES: Final = 10
"""Pages of failures read at once, 250 in each."""
FAILED: Final = ("permanent-failure", "temporary-failure", "technical-failure")
NO_MAILBOX: Final = 550
"""What a mail server answers for an address that does not exist."""


class NotifyAway(OSError):
    """Notify did not answer, or refuses every call; to be tried again later. It says which."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that Notify could not deliver."""

    provider_id: str
    status: str


@dataclass(frozen=True)
class Notify:
    """One service at Notify. `template_id` is of a template with the fields `subject` and `body` and nothing else."""

    api_key: str
    template_id: str
    clock: Callable[[], datetime]
    url: str = "https://api.notifications.service.gov.uk"
    timeout_s: float = TIMEOUT_S

    def send(self, mail: EmailMessage, *, is_retry: bool = False) -> str:
        """Send one mail; Notify's id of it. Raises smtplib.SMTPDataError (refused for good) or NotifyAway."""
        reference = str(mail["Message-ID"])
        if is_retry:
            found = self._call("GET", "/v2/notifications?" + urlencode({"reference": reference}))
            for one in found.get("notifications", ()):
                if one.get("status") not in FAILED:
                    return str(one["id"])
        plain = mail.get_body(("plain",))
        made = self._call(
            "POST",
            "/v2/notifications/email",
            {
                "email_address": mail["To"].addresses[0].addr_spec,
                "template_id": self.template_id,
                "personalisation": {
                    "subject": str(mail["Subject"]),
                    "body": plain.get_content() if plain is not None else "",
                },
                "reference": reference,
            },
        )
        return str(made["id"])

    def close(self) -> None:
        """Nothing stays open between two mails."""

    def list_failures(self) -> Iterator[Failure]:
        """What could not be delivered in the last seven days, the latest first. Raises NotifyAway."""
        asked = {"template_type": "email", "status": "failed"}
        for _ in range(MOST_PAGES):
            found = self._call("GET", "/v2/notifications?" + urlencode(asked)).get("notifications", [])
            if not found:
                return
            yield from (Failure(str(one["id"]), str(one["status"])) for one in found)
            asked["older_than"] = str(found[-1]["id"])

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        parts = urlsplit(self.url)
        https = parts.scheme == "https"
        connection = (HTTPSConnection if https else HTTPConnection)(parts.netloc, timeout=self.timeout_s)
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise NotifyAway(f"GOV.UK Notify does not answer: {type(error).__name__}") from error
        finally:
            connection.close()
        try:
            found = json.loads(text or b"{}")
        except ValueError as error:
            raise NotifyAway(f"GOV.UK Notify answered {status} with something else than JSON") from error
        if status < 300:
            return dict(found)
        words = "; ".join(str(e.get("message")) for e in found.get("errors", ())) or "no reason given"
        if status == 400:
            raise smtplib.SMTPDataError(NO_MAILBOX, f"GOV.UK Notify refused it: {words}")
        raise NotifyAway(f"GOV.UK Notify answered {status}: {words}")

    def _token(self) -> str:
        """A JSON web token, good for half a minute: HS256 over the service's id and the time."""
        match = NOTIFY_KEY.match(self.api_key)
        assert match is not None, "settings check the key"
        claims = {"iss": match["service"], "iat": int(self.clock().timestamp())}
        signed = ".".join(_part(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
        return f"{signed}.{_part(hmac.digest(match['secret'].encode(), signed.encode(), hashlib.sha256))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
