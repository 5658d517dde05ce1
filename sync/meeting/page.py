"""How the specialist's page is served, by the cart itself or by a rendezvous: the same files under the same policy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

FILES: Final[Mapping[str, str]] = MappingProxyType(
    {"/": "index.html"}
    | {f"/{name}": name for name in ("style.css", "words.js", "values.js", "trust.js", "app.js")}
    | {f"/{name}": name for name in ("ecg.css", "ecg.js", "ecg_view.js")}
    | {f"/{name}": name for name in ("words_fr.js", "words_en.js", "asking.css", "pictures.js", "asking.js")}
)
"""By path."""

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)
"""Nothing is loaded from elsewhere, nobody frames the page, and no address tells where the visitor came from."""


def is_foreign(request: web.Request, origin: str) -> bool:
    """Whether a page from another origin asks: browsers say from where with everything that changes something (RFC 6454, 7)."""
    said = request.headers.get("Origin")
    return said is not None and said != origin
