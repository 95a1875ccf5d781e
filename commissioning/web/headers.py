"""Security headers on every response.

Belongs here: headers that hold for the whole service. Does not belong here: cookies (sessions), or a
page's own caching (a view that sets ``Cache-Control`` itself keeps it: static files, the brand's
stylesheet, public pages).
"""

from __future__ import annotations

from flask import Flask, Response

# No 'unsafe' anywhere: styles and scripts come from files only, so a page cannot be made to run typed text.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR_S = 31_536_000


def install(app: Flask) -> None:
    """Set the headers after each request of ``app``; a header that the view set itself is left alone."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if app.config["IS_HTTPS"]:  # whatever a proxy in front says of this request; browsers heed it over https alone
            response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR_S}; includeSubDomains")
        # What a signed-in person saw must not come back from a shared computer's cache after they sign out.
        # ``send_file`` sets "no-cache", which lets a copy be kept; an explicit "public" or "max-age" stays.
        kept = response.cache_control
        if not kept.public and kept.max_age is None:
            response.headers["Cache-Control"] = "no-store"
        return response
