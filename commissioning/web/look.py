"""The look: static files under one content hash, the council's colour and logo, what templates can call.

Belongs here: what every page needs to be drawn. Does not belong here: words of one feature, or access.

``install(app)`` reads ``SERVICE_NAME``, ``ORGANISATION_NAME``, ``BRAND_COLOUR`` and ``LOGO_FILE`` (a path, or
empty) from ``app.config``, and gives

- globals: ``static_url(name)``, ``brand_url``, ``logo_url`` (or ``""``), ``new_key()`` (idempotency key),
  ``query_url(**changes)`` (this page with other query arguments; None takes one away),
  ``difference(old, new)``, ``table_rows(columns, rows, first)``, ``SERVICE_NAME``, ``ORGANISATION_NAME``,
  ``theme_colour``;
- filters: ``day``, ``iso_day``, ``long_day``, ``month``, ``when``, ``clock_time``, ``machine_time``, ``pounds``,
  ``plural``, ``prose``, ``keep_lines``, ``parts`` (7380, 3: 7.38);
- routes, open to everybody: ``look.brand_css`` (``/brand.css``), ``look.logo_file`` (``/logo``) and
  ``look.static_file`` (``/static/<hash>/<path>`` for a hash that is not ours; ours WhiteNoise serves).

``base.html`` reads from the context, each optional:

- ``actor``: ``name``, ``role_title``, ``acting_for``; ``nav``: list of ``text``, ``href``, ``current``;
- ``today`` (date), ``working_day`` (its number in the month, or None), ``demo_day`` (words, on a set day);
- ``form`` (a ``BaseForm``), or ``errors`` in its place: a list of ``text``, ``target``, or words by field;
- ``query`` (shown in the search box), ``wide`` (True: no narrower column for running text).

Confirmations come from ``flash(text)``; with ``flash(text, "notice")`` it is not called a success. The newest few are
kept until a page shows them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request, send_file, send_from_directory, session
from jinja2 import Undefined
from markupsafe import Markup
from whitenoise import WhiteNoise

from commissioning.labels import how_many, parts_typed
from commissioning.web import filters
from commissioning.web.access import public
from commissioning.web.difference import difference
from commissioning.web.formbase import new_key
from commissioning.web.headers import ALWAYS, ONE_YEAR_S
from commissioning.web.tables import table_rows

STATIC = Path(__file__).resolve().parent.parent / "static"
DEFAULT_COLOUR = "#1d4f5c"
CONFIRMATIONS = 5
"""How many may wait for the next page. They wait in a cookie, and browsers refuse one that grows past 4 kB."""
LOGO_KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}

Colour = tuple[int, int, int]


class UnprintableUndefined(Undefined):
    """A name that is not there may be asked for ("is there a hint?"), but never printed: a typo is an error.

    ``StrictUndefined`` would be stricter, but the macros of govuk-frontend-jinja ask for options not given.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())

    __html__ = __str__


def install(app: Flask) -> None:
    """Register globals, filters and routes on ``app`` and serve static files; once, before the first
    request.

    Raises ValueError when ``BRAND_COLOUR`` is not ``#rrggbb`` or ``LOGO_FILE`` is no picture that is there.
    """
    digest = static_digest(STATIC)
    style = brand_css(str(app.config.get("BRAND_COLOUR") or DEFAULT_COLOUR))
    logo = _logo_path(app.config.get("LOGO_FILE"))
    _serve_static(app, digest)
    app.register_blueprint(_pages(style, logo))
    style_hash = hashlib.sha256(style.encode()).hexdigest()[:12]
    app.jinja_env.undefined = UnprintableUndefined
    app.jinja_env.globals.update(
        static_url=lambda name: f"/static/{digest}/{name}",
        brand_url=f"/brand.css?v={style_hash}",
        logo_url="/logo" if logo else "",
        new_key=new_key,
        query_url=query_url,
        difference=difference,
        table_rows=table_rows,
        SERVICE_NAME=app.config["SERVICE_NAME"],
        ORGANISATION_NAME=app.config["ORGANISATION_NAME"],
        theme_colour=to_hex(readable(parse_colour(str(app.config.get("BRAND_COLOUR") or DEFAULT_COLOUR)))),
    )
    said = "day iso_day long_day month when clock_time machine_time pounds plural prose size"
    app.jinja_env.filters.update({name: getattr(filters, name) for name in said.split()})
    app.jinja_env.filters["keep_lines"] = _keep_lines
    app.jinja_env.filters["parts"] = parts_typed
    app.jinja_env.filters["how_many"] = how_many
    app.after_request(_keep_newest_confirmations)


def _keep_newest_confirmations(response: Response) -> Response:
    """Somebody whose forms are posted by a program, or in many tabs, reads no page between them."""
    if session.modified and len(waiting := session.get("_flashes", ())) > CONFIRMATIONS:
        session["_flashes"] = waiting[-CONFIRMATIONS:]
    return response


def static_digest(folder: Path) -> str:
    """One hash over all static files: a change of any gives all a new address, so that they are cached
    for ever.

    One for all, because a script that imports another by a relative path then always gets the matching one.
    """
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]


def _serve_static(app: Flask, digest: str) -> None:
    def add_headers(headers: dict[str, str], _path: str, _url: str) -> None:
        for name in ("X-Content-Type-Options", "Content-Security-Policy", "Cross-Origin-Resource-Policy"):
            headers[name] = ALWAYS[name]

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(STATIC),
        prefix=f"static/{digest}/",
        max_age=ONE_YEAR_S,
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=add_headers,
    )


def _pages(style: str, logo: Path | None) -> Blueprint:
    pages = Blueprint("look", __name__)

    @pages.get("/brand.css")
    @public
    def brand_css() -> Response:
        response = Response(style, mimetype="text/css")
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR_S}, immutable"
        return response

    @pages.get("/static/<string(length=12):_digest>/<path:name>")
    @public
    def static_file(_digest: str, name: str) -> Response:
        # A page drawn by the version before or after this one, while a new one is being put in place.
        return send_from_directory(STATIC, name, max_age=0)

    if logo:

        @pages.get("/logo")
        @public
        def logo_file() -> Response:
            return send_file(logo, mimetype=LOGO_KINDS[logo.suffix.lower()], max_age=3600)

    return pages


def _logo_path(value: object) -> Path | None:
    if not value:
        return None
    path = Path(str(value)).resolve()
    if path.suffix.lower() not in LOGO_KINDS or not path.is_file():
        raise ValueError(f"LOGO_FILE: expected an SVG, PNG or JPEG file that can be read, found {value}")
    return path


def query_url(**changes: object) -> str:
    """The address of this page with some query arguments changed; None takes an argument away."""
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in changes]
    pairs += [(key, str(value)) for key, value in changes.items() if value is not None]
    return request.path + ("?" + urlencode(pairs) if pairs else "")


def _keep_lines(text: str) -> Markup:
    """A textarea's text: browsers drop one leading line break, so one is put before."""
    return Markup("\n{}").format(text)


def parse_colour(text: str) -> Colour:
    """``#rrggbb`` as three numbers; ValueError in words otherwise."""
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text.strip())
    if not found:
        raise ValueError(f"BRAND_COLOUR: expected a colour like {DEFAULT_COLOUR}, found {text!r}")
    return (int(found.group(1), 16), int(found.group(2), 16), int(found.group(3), 16))


def to_hex(colour: Colour) -> str:
    """Three numbers as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG 2 contrast ratio of two colours, 1 to 21."""

    def light(colour: Colour) -> float:
        parts = [c / 255 for c in colour]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """``colour`` with ``share`` (0 to 1) of ``other`` in it."""
    r, g, b = (round(a * (1 - share) + c * share) for a, c in zip(colour, other, strict=True))
    return (r, g, b)


def readable(colour: Colour) -> Colour:
    """``colour``, darkened as far as white text on it needs (contrast 4.5, WCAG 1.4.3)."""
    while contrast(colour, (255, 255, 255)) < 4.5:
        colour = mixed(colour, (0, 0, 0), 0.06)
    return colour


def brand_css(text: str) -> str:
    """The stylesheet that carries the council's colour as custom properties, and nothing else."""
    brand = readable(parse_colour(text))
    white, black = (255, 255, 255), (0, 0, 0)
    values = {
        "brand": brand,
        "brand-dark": mixed(brand, black, 0.35),
        "brand-soft": mixed(brand, white, 0.72),
        "brand-tint": mixed(brand, white, 0.93),
        "govuk-brand-colour": brand,
        "govuk-surface-background-colour": mixed(brand, white, 0.95),
        "govuk-surface-border-colour": mixed(brand, white, 0.72),
        "govuk-template-background-colour": mixed(brand, white, 0.95),
    }
    return ":root {\n" + "".join(f"  --{name}: {to_hex(value)};\n" for name, value in values.items()) + "}\n"
