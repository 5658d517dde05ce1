"""A small OpenID Connect provider: one person signs in without being asked, and each step can be made to go wrong.

OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636. Codes are good once; the token endpoint asks for the PKCE verifier.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import secrets
import ssl
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT = "telecart"
SECRET = "the secret of the client"  # noqa: S105 - of nobody


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclasses.dataclass
class Person:
    given_name: str = "Claire"
    family_name: str = "MARTIN"
    national: str = "810001234567"


class OpenIdProvider:
    """``async with OpenIdProvider(context) as p``: its issuer is ``p.issuer``.

    ``person`` signs in. ``claims`` replace those of the ID token, ``told`` those of the userinfo; ``header`` replaces the token's header;
    with ``stranger`` the token is signed with a key that is not published. ``asked`` is each authorisation request.
    """

    def __init__(self, context: ssl.SSLContext, host: str = "127.0.0.1") -> None:
        self._context = context
        self._host = host
        self._key = rsa.generate_private_key(65537, 2048)
        self._other = rsa.generate_private_key(65537, 2048)
        self._codes: dict[str, dict[str, str]] = {}
        self.issuer = ""
        self.person = Person()
        self.claims: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.stranger = False
        self.asked: list[dict[str, str]] = []
        self.exchanged: list[dict[str, str]] = []

    async def __aenter__(self) -> OpenIdProvider:
        application = web.Application()
        application.router.add_get("/.well-known/openid-configuration", self._document)
        application.router.add_get("/authorize", self._authorize)
        application.router.add_post("/token", self._token)
        application.router.add_get("/keys", self._keys)
        application.router.add_get("/userinfo", self._userinfo)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0, ssl_context=self._context).start()
        self.issuer = f"https://{self._host}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _document(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": _number(numbers.n), "e": _number(numbers.e)}
        return web.json_response({"keys": [key]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.asked.append(asked)
        if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
            return web.Response(status=400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return web.Response(status=302, headers={"Location": back})

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.exchanged.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        right = form.get("client_id") == CLIENT and form.get("client_secret") == SECRET
        verifier = _text(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or not right or verifier != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "f:1:2",
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        } | self.claims
        return web.json_response(
            {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": self._signed(claims)}
        )

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "typ": "JWT", "kid": "1"} | self.header
        said = f"{_text(json.dumps(header).encode())}.{_text(json.dumps(claims).encode())}"
        key = self._other if self.stranger else self._key
        signature = b"" if header["alg"] == "none" else key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{said}.{_text(signature)}"

    async def _userinfo(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer access":
            return web.Response(status=401)
        person = self.person
        told = {
            "sub": "f:1:2",
            "given_name": person.given_name,
            "family_name": person.family_name,
            "SubjectNameID": person.national,
        }
        return web.json_response(told | self.told)
