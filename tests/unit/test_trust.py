"""What keeps a relay between cart and page from listening in (T14)."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from edge.domain.fault import Fault
from firmware_stubs import specialist
from sync.consult import trust
from sync.consult.trust import Offered, Trust
from sync.meeting import keys
from sync.meeting.keys import CartKey

OFFER, ANSWER = "v=0\r\na=fingerprint:sha-256 01\r\n", "v=0\r\na=fingerprint:sha-256 02\r\n"


def offered(secret: str, nonce: str = "n" * 22, sdp: str = OFFER) -> Offered:
    """As a page of its own makes it."""
    made = specialist.proven(secret, nonce, sdp)
    return Offered(made["sdp"], made["proof"], made["commitment"])


def test_page_and_cart_say_the_same_digits() -> None:
    cart = Trust(CartKey.fresh())
    token, secret, key = cart.fragment("t" * 22).split(".")
    one = offered(secret)
    assert token == "t" * 22
    assert cart.believes(one)
    signed = cart.signed(one, ANSWER)
    said = {"sdp": signed.sdp, "key": signed.key, "signature": signed.signature, "nonce": signed.nonce}
    specialist.check(key, OFFER, one.commitment, said)
    assert cart.spoken == ""
    assert cart.revealed("n" * 22)
    assert cart.spoken == specialist.digits(OFFER, said, "n" * 22)
    assert len(cart.spoken) == 6


@pytest.mark.hazard("T14", without="tests.controls_meeting:every_offer_is_believed")
@pytest.mark.parametrize("how", ["offer", "commitment", "secret", "nothing"])
def test_an_offer_of_somebody_in_between_is_not_believed(how: str) -> None:
    cart = Trust(CartKey.fresh())
    one = offered("guessed" if how == "secret" else cart.secret)
    changed = {
        "offer": Offered(OFFER.replace("01", "03"), one.proof, one.commitment),
        "commitment": Offered(OFFER, one.proof, trust.commitment("another")),
        "secret": one,
        "nothing": Offered(OFFER, "", ""),
    }[how]
    assert not cart.believes(changed)


@pytest.mark.parametrize("how", ["answer", "offer", "nonce", "commitment"])
def test_a_signature_is_good_for_this_answer_to_this_offer_alone(how: str) -> None:
    cart = Trust(CartKey.fresh())
    one = offered(cart.secret)
    signed = cart.signed(one, ANSWER)
    other = Offered(
        "another" if how == "offer" else OFFER, one.proof, "another" if how == "commitment" else one.commitment
    )
    said = trust.to_sign(other, "another" if how == "answer" else ANSWER, "another" if how == "nonce" else signed.nonce)
    assert keys.verified(signed.key, trust.to_sign(one, ANSWER, signed.nonce), signed.signature)
    assert not keys.verified(signed.key, said, signed.signature)


@pytest.mark.hazard("T14", without="tests.controls_meeting:any_number_may_be_told")
def test_a_number_to_which_nobody_held_himself_makes_no_digits() -> None:
    """Else whoever is in between tries numbers until the digits agree."""
    cart = Trust(CartKey.fresh())
    assert not cart.revealed("n" * 22)
    cart.signed(offered(cart.secret), ANSWER)
    assert not cart.revealed("m" * 22)
    assert cart.spoken == ""


def test_a_relay_between_two_calls_does_not_make_the_digits_agree() -> None:
    """With the secret, even: it has to hold itself to its numbers before it learns those of the ends."""
    agreed = 0
    for _ in range(200):
        cart = Trust(CartKey.fresh())
        between = secrets.token_urlsafe(16)
        to_cart = cart.signed(offered(cart.secret, between, "the relay's offer"), ANSWER)
        assert cart.revealed(between)
        said = {"sdp": "the relay's answer", "nonce": secrets.token_urlsafe(16)}
        agreed += cart.spoken == specialist.digits(OFFER, said, secrets.token_urlsafe(16))
        assert to_cart.sdp == ANSWER
    assert agreed <= 1


def test_a_key_is_kept_for_its_owner_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "call.key"
    made = CartKey.fresh()
    made.write(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert CartKey.read(file).public == made.public
    with pytest.raises(Fault, match="cannot be made"):
        made.write(file)


def test_what_is_no_key_of_calls_is_one_plain_line(tmp_path: Path) -> None:
    file = tmp_path / "call.key"
    with pytest.raises(Fault, match="cannot be read"):
        CartKey.read(file)
    for other in (ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()):
        pem = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(pem)
        with pytest.raises(Fault, match="no key on P-256"):
            CartKey.read(file)
    file.write_bytes(b"nonsense")
    with pytest.raises(Fault, match="no private key"):
        CartKey.read(file)


@pytest.mark.parametrize("wrong", ["", "é", "*", "A" * 88])
def test_what_is_no_public_key_verifies_nothing(wrong: str) -> None:
    made = CartKey.fresh()
    signature = made.sign(b"x")
    assert keys.verified(made.public, b"x", signature)
    assert not keys.is_public(wrong)
    assert not keys.verified(wrong, b"x", signature)
    assert not keys.verified(made.public, b"x", wrong)
