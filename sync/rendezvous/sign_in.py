"""Sign-in of professionals by OpenID Connect Core 1.0: authorisation code (3.1) with PKCE (RFC 7636, S256), state and nonce.

Pro Santé Connect is one such provider: it gives the national number in ``SubjectNameID``, an 8 and the eleven digits of the RPPS number.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import hashlib
import re
import secrets
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlencode

import aiohttp
import jwt
import msgspec
import structlog

from sync.meeting.messages import Who

log = structlog.get_logger()

_T = TypeVar("_T")

PENDING_SECONDS: Final = 600.0
_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures only: neither none nor a shared secret (RFC 8725, 3.1)."""
_LEEWAY: Final = 30
_SECONDS: Final = 10.0
_LARGEST: Final = 256 * 1024
_RPPS = re.compile(r"8(\d{11})|(1\d{10})", re.ASCII)
_MOST_PENDING: Final = 1000


class Refused(Exception):
    """Nobody is signed in. ``reason`` is one word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Provider:
    """``scope`` and ``acr_values`` as the provider wants them; ``rpps_claim`` is where it says the national number."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scope: str = "openid scope_all"
    acr_values: str = "eidas1"
    rpps_claim: str = "SubjectNameID"


class _Document(msgspec.Struct, frozen=True):
    """OpenID Connect Discovery 1.0, 3."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class SignIn(Protocol):
    async def begin(self) -> tuple[str, str]:
        """Where to send the browser, and what its cookie holds meanwhile. Raises Refused."""
        ...

    async def finish(self, held: str, state: str, code: str) -> Who:
        """Who came back. Raises Refused."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class _Pending:
    state: str
    nonce: str
    verifier: str
    began: float


class OpenId:
    """Used by one event loop. ``session`` is whose certificates the site chose."""

    def __init__(self, provider: Provider, session: aiohttp.ClientSession) -> None:
        self._provider = provider
        self._session = session
        self._pending: dict[str, _Pending] = {}
        self._document: _Document | None = None
        self._keys: jwt.PyJWKSet | None = None

    async def begin(self) -> tuple[str, str]:
        document = await self._discovered()
        now = time.monotonic()
        self._pending = {one: kept for one, kept in self._pending.items() if now - kept.began < PENDING_SECONDS}
        if len(self._pending) >= _MOST_PENDING:
            # whoever asks a thousand times must not keep the next one out
            del self._pending[next(iter(self._pending))]
        held = secrets.token_urlsafe(16)
        pending = _Pending(secrets.token_urlsafe(16), secrets.token_urlsafe(16), secrets.token_urlsafe(48), now)
        self._pending[held] = pending
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._provider.redirect_uri,
            "scope": self._provider.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self._provider.acr_values:
            asked["acr_values"] = self._provider.acr_values
        mark = "&" if "?" in document.authorization_endpoint else "?"
        return f"{document.authorization_endpoint}{mark}{urlencode(asked)}", held

    async def finish(self, held: str, state: str, code: str) -> Who:
        pending = self._pending.pop(held, None)
        if pending is None or time.monotonic() - pending.began >= PENDING_SECONDS:
            raise Refused("no_sign_in")
        if not secrets.compare_digest(state.encode(errors="surrogatepass"), pending.state.encode()):
            raise Refused("state")
        document = await self._discovered()
        tokens = await self._exchanged(document, code, pending.verifier)
        claims = await self._verified(document, tokens.id_token, pending.nonce)
        if document.userinfo_endpoint and tokens.access_token:
            claims |= await self._told(document, tokens.access_token, str(claims["sub"]))
        return self._who(claims)

    def _who(self, claims: dict[str, Any]) -> Who:
        parts = (str(claims.get(name) or "").strip() for name in ("given_name", "family_name"))
        name = " ".join(part for part in parts if part) or str(claims.get("name") or "").strip()
        if not name or not name.isprintable():
            raise Refused("no_name")
        number = _RPPS.fullmatch(str(claims.get(self._provider.rpps_claim) or ""))
        return Who(name=name[:120], rpps=number[1] or number[2] if number else "")

    async def _discovered(self) -> _Document:
        if self._document is None:
            issuer = self._provider.issuer
            body = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            document = _decoded(body, _Document)
            if document.issuer != issuer:
                raise Refused("issuer")
            self._document = document
        return self._document

    async def _exchanged(self, document: _Document, code: str, verifier: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._provider.redirect_uri,
            "client_id": self._provider.client_id,
            "client_secret": self._provider.client_secret,
            "code_verifier": verifier,
        }
        return _decoded(await self._asked("POST", document.token_endpoint, data=form), _Tokens)

    async def _verified(self, document: _Document, token: str, nonce: str) -> dict[str, Any]:
        """OpenID Connect Core 1.0, 3.1.3.7."""
        key = await self._key(document, token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=self._provider.client_id,
                issuer=self._provider.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
            )
        except jwt.InvalidTokenError as exc:
            raise Refused(type(exc).__name__) from exc
        if claims.get("azp", self._provider.client_id) != self._provider.client_id:
            raise Refused("azp")
        if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise Refused("nonce")
        return claims

    async def _key(self, document: _Document, token: str) -> jwt.PyJWK:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as exc:
            raise Refused("no_token") from exc
        for again in (False, True):
            if self._keys is None or again:  # a provider changes its keys
                try:
                    self._keys = jwt.PyJWKSet.from_json((await self._get(document.jwks_uri)).decode())
                except (jwt.PyJWTError, ValueError, AttributeError) as exc:
                    raise Refused("keys") from exc
            found = [one for one in self._keys.keys if one.key_id == kid and one.public_key_use in {None, "sig"}]
            if found:
                return found[0]
        raise Refused("key")

    async def _told(self, document: _Document, access: str, subject: str) -> dict[str, Any]:
        body = await self._asked("GET", document.userinfo_endpoint, headers={"Authorization": f"Bearer {access}"})
        told = _decoded(body, dict[str, Any])
        if told.get("sub") != subject:  # OpenID Connect Core 1.0, 5.3.2
            raise Refused("subject")
        return told

    async def _get(self, url: str) -> bytes:
        return await self._asked("GET", url)

    async def _asked(self, method: str, url: str, **what: Any) -> bytes:
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._session.request(method, url, allow_redirects=False, **what) as answer,
            ):
                if answer.status != 200:
                    log.warning("sign_in_answer", status=answer.status)
                    raise Refused("answer")
                body = bytearray()
                async for piece in answer.content.iter_chunked(16 * 1024):
                    body += piece
                    if len(body) > _LARGEST:
                        raise Refused("size")
                return bytes(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            raise Refused("unreachable") from exc


def _decoded(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as exc:
        raise Refused("nonsense") from exc


@contextlib.asynccontextmanager
async def signing_in(provider: Provider, context: ssl.SSLContext) -> AsyncIterator[OpenId]:
    """``context`` says whom we believe to be the provider."""
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
        yield OpenId(provider, session)
