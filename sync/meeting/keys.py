"""The cart's key of a call: ECDSA on P-256 with SHA-256, which every browser's WebCrypto verifies. Signatures are r and s, 32 bytes each."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from edge.domain.fault import Fault, Reason

_POINT: Final = 65
"""Bytes of an uncompressed public key (SEC 1, 2.3.3)."""
_HALF: Final = 32
_SHORT: Final = 16
"""Bytes of a public key's SHA-256 in a link: nobody finds another key with the same 128 bits."""


def text(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(encoded: str) -> bytes:
    """Raises ValueError for what is not base64url."""
    return base64.b64decode(encoded.encode() + b"=" * (-len(encoded) % 4), altchars=b"-_", validate=True)


def short(public: str) -> str:
    """What stands for a public key in a link. Raises ValueError."""
    return text(hashlib.sha256(data(public)).digest()[:_SHORT])


def challenge(cart: str, nonce: str, origin: str) -> bytes:
    """What a cart signs to come in: for this rendezvous and this once only."""
    return b"telecart cart\n" + "\n".join((cart, nonce, origin)).encode()


class CartKey:
    """``public`` is the uncompressed point in base64url."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.public = text(point)

    @classmethod
    def fresh(cls) -> CartKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def read(cls, file: Path) -> CartKey:
        """A private key in PEM. Raises Fault(SETTINGS)."""
        try:
            key = serialization.load_pem_private_key(file.read_bytes(), None)
        except OSError as exc:
            raise Fault(
                Reason.SETTINGS,
                f"the key of calls {file} cannot be read: {exc.strerror}",
                "make one with `telecart rendezvous key FILE`",
            ) from exc
        except (ValueError, TypeError) as exc:
            raise Fault(
                Reason.SETTINGS,
                f"{file} is no private key without a password",
                "make one with `telecart rendezvous key FILE`",
            ) from exc
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Fault(Reason.SETTINGS, f"{file} is no key on P-256", "make one with `telecart rendezvous key FILE`")
        return cls(key)

    def write(self, file: Path) -> None:
        """A new file that its owner alone may read. Raises Fault(SETTINGS) where there is one already."""
        try:
            file.touch(mode=0o600, exist_ok=False)
        except OSError as exc:
            raise Fault(Reason.SETTINGS, f"{file} cannot be made: {exc.strerror}", "name a new file") from exc
        file.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def sign(self, message: bytes) -> str:
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return text(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big"))


def is_public(public: str) -> bool:
    try:
        _public(public)
    except ValueError:
        return False
    return True


def verified(public: str, message: bytes, signature: str) -> bool:
    """Whether ``signature`` over ``message`` was made with the private key of ``public``."""
    try:
        raw = data(signature)
        if len(raw) != 2 * _HALF:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
        _public(public).verify(der, message, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def _public(public: str) -> ec.EllipticCurvePublicKey:
    point = data(public)
    if len(point) != _POINT:
        raise ValueError("a public key has 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
