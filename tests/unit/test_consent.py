"""On which basis media open: every basis, scope, refusal and withdrawal, at a real door over a real store (H19, H20)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import sqlcipher3.dbapi2 as sqlite

from edge.domain.audit import Actor, KnownBy, Origin, Who
from edge.domain.consent import WITH_OTHER, Basis, Consent, OverRefusal, Scope, basis_for, over_refusal
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Kind
from edge.domain.operator import Operator
from edge.domain.opinion import Opinion, Question, Specialty, Urgency
from edge.domain.patient import Protection
from edge.door import messages as m
from edge.store.consent_book import StoredConsents
from edge.store.keeping import rows
from edge.store.keeping.consents import Consents
from edge.store.ledger import EdgeStore, Places, StoredLedger, open_for_edge
from edge.store.thread import StoreThread
from sync.fhir.requests import WITHOUT_CONSENT, service_request
from tests import items
from tests.unit.test_door import Cart
from tests.unit.test_recorder import arrived, patient

NURSE = Actor(Who(KnownBy.PROFESSIONAL, "10003456789", "C. LEROY"), Origin("edge", m.UI))
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20


# --- pure


def _said(
    number: int, basis: Basis = Basis.PERSON, act_id: str = "", ended: int = 0, other: str | None = None
) -> Consent:
    return Consent(
        id=f"k-{number}",
        patient_id="P1",
        basis=basis,
        scope=Scope.ACT if act_id else Scope.STANDING,
        # a clock that goes backwards: the order is that in which things were said
        collected=NOON - dt.timedelta(hours=number),
        collected_by=None,
        other=("fille" if basis in WITH_OTHER else "") if other is None else other,
        act_id=act_id,
        number=number,
        withdrawn=NOON - dt.timedelta(hours=ended) if ended else None,
        ended=ended,
    )


@pytest.mark.parametrize("basis", [basis for basis in Basis if basis is not Basis.REFUSAL])
def test_each_basis_allows_the_act_that_it_is_for_and_no_other(basis: Basis) -> None:
    one = _said(1, basis, "call-1")
    assert basis_for([one], "call-1") is one
    assert basis_for([one], "call-2") is None
    if basis is not Basis.EMERGENCY:
        assert basis_for([_said(1, basis)], "any call") is not None


def test_the_last_word_counts_in_whatever_order_it_is_read_and_whatever_the_clock_said() -> None:
    agreed, refused, agreed_again = _said(1), _said(2, Basis.REFUSAL), _said(3, act_id="call-1")
    for told in itertools.permutations([agreed, refused]):
        assert basis_for(told, "call-1") is None
    for told3 in itertools.permutations([agreed, refused, agreed_again]):
        assert basis_for(told3, "call-1") is agreed_again
        assert basis_for(told3, "call-2") is None
    # to this call, then never again: this call too is over
    for told in itertools.permutations([_said(1, act_id="call-1"), _said(2, Basis.REFUSAL)]):
        assert basis_for(told, "call-1") is None


def test_whoever_takes_back_her_word_to_this_act_has_ended_it_whatever_she_had_said_for_ever() -> None:
    standing, here = _said(1), _said(2, act_id="call-1", ended=3)
    assert basis_for([standing, here], "call-1") is None
    assert basis_for([standing, here], "call-2") is standing
    again = _said(4, act_id="call-1")
    assert basis_for([standing, here, again], "call-1") is again
    # a standing word that is taken back after she agreed to this call ends the call
    assert basis_for([_said(1, ended=3), _said(2, act_id="call-1")], "call-1") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": Basis.ASSISTED},
        {"basis": Basis.REPRESENTATIVE, "other": "  "},
        {"basis": Basis.CONSULTED, "other": ""},
        {"basis": Basis.CONSULTED, "other": "a\x1bb"},
        {"basis": Basis.CONSULTED, "other": "x" * 500},
        {"basis": Basis.EMERGENCY},
        {"scope": Scope.ACT},
        {"act_id": "call-1"},
    ],
    ids=str,
)
def test_a_record_that_says_too_little_or_contradicts_itself_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"named|line|one act only|stands"):
        dataclasses.replace(_said(1), **wrong)  # type: ignore[arg-type]


# --- requests for an opinion


def test_a_request_of_an_older_release_is_read_and_says_what_it_said() -> None:
    for word in (True, False):
        said = str(word).lower()
        text = f'{{"specialty":"wounds","question":"conduct","urgency":"emergency","consent":{said},"attached":[]}}'
        read = rows.payload(Kind.OPINION, text, None, None)
        assert isinstance(read, Opinion)
        assert (read.consent, read.agreed, read.basis) == (word, word, None)


def test_what_allowed_a_request_is_kept_with_it_and_told_to_who_reads_it() -> None:
    named = dataclasses.replace(_said(1, Basis.REPRESENTATIVE), other="Paul MARTIN, tuteur", collected_by=Operator("A"))
    asked = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, named)
    kept, _, _ = rows.payload_columns(asked, None)
    assert rows.payload(Kind.OPINION, kept, None, None) == asked
    _, request = service_request(items.item(Kind.OPINION, asked))
    assert "Paul MARTIN, tuteur" in str(request["note"])
    emergency = Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.SOON, _said(1, Basis.EMERGENCY, "act"))
    assert WITHOUT_CONSENT in str(service_request(items.item(Kind.OPINION, emergency))[1]["note"])
    for no in (_said(1, Basis.REFUSAL), _said(1, ended=2)):
        with pytest.raises(ValueError, match="refusal"):
            Opinion(Specialty.WOUNDS, Question.CONDUCT, Urgency.EMERGENCY, no)


# --- at the door


@dataclasses.dataclass
class At:
    cart: Cart
    thread: StoreThread[EdgeStore]

    async def ask(self, command: m.AnyCommand, by: Actor = NURSE) -> None:
        await self.cart.consent_desk.handle(command, by)

    async def refused(self, command: m.AnyCommand) -> Reason:
        with pytest.raises(Fault) as caught:
            await self.ask(command)
        return caught.value.reason

    async def connected(self) -> str:
        """A call as it is when picture and sound flow; its id."""
        await self.ask(m.StartCall())
        call = self.cart.desk.call.call_id
        for state in ("lobby", "waiting"):
            await self.ask(m.CallProgress(call_id=call, state=state))
        await self.ask(m.AdmitSpecialist())
        await self.ask(m.CallProgress(call_id=call, state="connected"))
        return call

    async def seen_by_media(self) -> m.Snapshot:
        published: dict[str, m.Snapshot] = {}
        self.cart.server.publish = published.update  # type: ignore[method-assign]
        await self.cart.publish()
        return published[m.MEDIA]

    async def card(self) -> m.ConsentCard:
        await self.cart.consents.look(self.cart.recorder.on_screen)
        return (await self.cart.publish()).consent

    async def told(self, act: str) -> list[tuple[str, str]]:
        def read(store: EdgeStore) -> list[tuple[str, str]]:
            return store.database.connection.execute(
                "SELECT who_name, detail FROM audit WHERE act = ? ORDER BY sequence", (act,)
            ).fetchall()

        return await self.thread.run(read)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[At]:
    places = Places(tmp_path / "store.db", tmp_path / "blobs", tmp_path / "key")
    async with StoreThread(lambda: open_for_edge(places, {}, "demonstration")) as thread:
        ledger = StoredLedger(thread, "TC")
        for number in (1, 2):
            await ledger.put_patient(patient(number))
        at = At(Cart(ledger, tmp_path / "door.sock"), thread)
        await at.ask(m.SelectResident(patient_id="P1"))
        yield at


@pytest.mark.parametrize("basis", Basis)
async def test_media_open_on_every_valid_basis_the_emergency_included_and_on_no_refusal(at: At, basis: Basis) -> None:
    await at.cart.recorder.take(arrived())
    other = "personne de confiance" if basis in WITH_OTHER else ""
    await at.ask(at.cart.agreed(basis.value, other=other))
    card = await at.card()
    assert (card.basis, card.by, card.other, card.allows) == (basis, "C. LEROY", other, basis is not Basis.REFUSAL)
    if basis is Basis.REFUSAL:
        assert await at.refused(m.StartCall()) is Reason.NOT_ALLOWED
        assert at.cart.desk.call.state == "none"
        return
    await at.connected()
    seen = await at.seen_by_media()
    assert seen.resident is not None
    assert seen.consent.basis == basis
    [(who, detail)] = await at.told("agreed")
    assert who == "C. LEROY"
    assert detail.startswith(f"{basis}, for act")
    assert "confiance" not in detail
    [(_, began)] = await at.told("consent")
    assert began.startswith(f"{basis}, consent ")


@pytest.mark.hazard("H19", without="tests.controls_consent:a_consent_is_for_every_act")
async def test_what_was_agreed_to_one_call_opens_no_other(at: At) -> None:
    await at.ask(at.cart.agreed())
    await at.connected()
    await at.ask(m.EndCall())
    assert (await at.card()).basis == ""
    assert await at.refused(m.StartCall()) is Reason.CALL


async def test_a_standing_consent_is_not_asked_again_until_it_is_taken_back(at: At) -> None:
    await at.ask(at.cart.agreed(standing=True))
    for _ in range(2):
        await at.connected()
        await at.ask(m.EndCall())
    await at.ask(m.ReleaseResident())
    await at.ask(m.SelectResident(patient_id="P1"))
    card = await at.card()
    assert (card.allows, card.standing) == (True, True)
    encounter = at.cart.agreed().encounter_id
    await at.ask(m.WithdrawConsent(encounter_id=encounter, consent_id=card.consent_id))
    assert (await at.card()).withdrawn
    assert await at.refused(m.StartCall()) is Reason.CALL
    assert len(await at.told("agreement_withdrawn")) == 1
    assert await at.refused(m.WithdrawConsent(encounter_id=encounter, consent_id=card.consent_id)) is Reason.NOT_ALLOWED
    # and she is nobody else
    await at.ask(m.SelectResident(patient_id="P2"))
    assert (await at.card()).basis == ""
    assert await at.refused(m.StartCall()) is Reason.CALL


@pytest.mark.hazard("H20", without="tests.controls_consent:a_withdrawal_ends_nothing")
@pytest.mark.parametrize("how", ["withdrawn", "refused", "withdrawn for ever"])
async def test_who_takes_back_her_word_is_neither_seen_nor_heard_from_that_moment(at: At, how: str) -> None:
    await at.cart.recorder.take(arrived())
    await at.ask(at.cart.agreed(standing=how == "withdrawn for ever"))
    call = await at.connected()
    card = await at.card()
    encounter = at.cart.agreed().encounter_id
    if how == "refused":
        await at.ask(at.cart.agreed("refusal"))
    else:
        await at.ask(m.WithdrawConsent(encounter_id=encounter, consent_id=card.consent_id))
    assert at.cart.desk.call.state == "ended"
    seen = await at.seen_by_media()
    assert (seen.resident, seen.items, seen.call.state) == (None, (), "ended")
    assert [detail for _, detail in await at.told("ended")] == ["no consent"]
    # what media still says of it opens nothing
    await at.ask(m.CallProgress(call_id=call, state="connected"))
    assert at.cart.desk.call.state == "ended"


@pytest.mark.hazard("H19", without="tests.controls_consent:media_hears_of_the_call_alone")
async def test_a_withdrawal_beside_the_screen_closes_what_media_sees_before_anything_else(at: At) -> None:
    await at.cart.recorder.take(arrived())
    await at.ask(at.cart.agreed(standing=True))
    await at.connected()
    card = await at.card()
    book = StoredConsents(at.thread)
    await book.withdraw_any(card.consent_id, at.cart.clock.now(), NURSE)
    await at.cart.consents.look(at.cart.recorder.on_screen)
    seen = await at.seen_by_media()
    assert (seen.resident, seen.items, seen.consent.basis, seen.call.state) == (None, (), "", "ended")
    await at.cart.desk.consented(NURSE)
    assert at.cart.desk.call.state == "ended"


@pytest.mark.hazard("H19", without="tests.controls_consent:a_refusal_is_one_word_among_others")
async def test_a_refusal_stands_over_what_was_agreed_before_and_an_emergency_is_one_more_word(at: At) -> None:
    await at.ask(at.cart.agreed(standing=True))
    await at.ask(at.cart.agreed("refusal", standing=True))
    assert await at.refused(m.StartCall()) is Reason.NOT_ALLOWED
    await at.ask(at.cart.agreed("emergency"))
    await at.ask(m.StartCall())
    assert at.cart.desk.call.state == "requested"


@pytest.mark.hazard("H19", without="tests.controls_consent:anybody_says_anything")
async def test_without_a_badge_nothing_is_said_but_that_it_is_an_emergency(at: At) -> None:
    at.cart.anonymous = True
    for basis in (Basis.PERSON, Basis.REFUSAL):
        assert await at.refused(at.cart.agreed(basis.value)) is Reason.NOT_ALLOWED
    assert await at.refused(m.StartCall()) is Reason.CALL
    await at.ask(at.cart.agreed("emergency"), Actor(Who(KnownBy.ROLE, "ui"), Origin("edge", m.UI)))
    await at.ask(m.StartCall())
    assert at.cart.desk.call.state == "requested"


@pytest.mark.hazard("H19", without="tests.controls_answers_whose:an_emergency_is_over_everything")
async def test_an_emergency_without_a_badge_is_over_no_refusal(at: At) -> None:
    await at.ask(at.cart.agreed("refusal", standing=True))
    at.cart.anonymous = True
    assert await at.refused(at.cart.agreed("emergency")) is Reason.NOT_ALLOWED
    assert await at.refused(m.StartCall()) is Reason.NOT_ALLOWED
    # who has a name says that her will of today cannot be known
    at.cart.anonymous = False
    await at.ask(at.cart.agreed("emergency"))
    await at.ask(m.StartCall())
    assert at.cart.desk.call.state == "requested"


@pytest.mark.hazard("H19", without="tests.controls_answers_whose:an_emergency_is_over_everything")
async def test_who_refused_this_very_act_is_in_no_emergency_until_that_is_taken_back(at: At) -> None:
    await at.ask(at.cart.agreed("refusal"))
    assert await at.refused(at.cart.agreed("emergency")) is Reason.NOT_ALLOWED
    card = await at.card()
    await at.ask(m.WithdrawConsent(encounter_id=at.cart.agreed().encounter_id, consent_id=card.consent_id))
    await at.ask(at.cart.agreed("emergency"))
    await at.ask(m.StartCall())
    assert at.cart.desk.call.state == "requested"


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_an_emergency_may_be_over(basis: Basis, scope: Scope, withdrawn: bool) -> None:
    if basis is Basis.EMERGENCY and scope is Scope.STANDING:
        return
    before = _said(1, basis, "a" if scope is Scope.ACT else "", ended=2 if withdrawn else 0)
    found = over_refusal([before], "a")
    if basis is not Basis.REFUSAL or withdrawn:
        assert found is OverRefusal.NOTHING_REFUSED
    else:
        assert found is (OverRefusal.NEVER if scope is Scope.ACT else OverRefusal.NAMED_ONLY)


async def test_without_a_badge_nobody_takes_back_a_refusal_and_anybody_ends_a_call(at: At) -> None:
    encounter = at.cart.agreed().encounter_id
    await at.ask(at.cart.agreed("refusal", standing=True))
    refusal = (await at.card()).consent_id
    at.cart.anonymous = True
    assert await at.refused(m.WithdrawConsent(encounter_id=encounter, consent_id=refusal)) is Reason.NOT_ALLOWED
    assert not (await at.card()).withdrawn
    at.cart.anonymous = False
    await at.ask(at.cart.agreed(standing=True))
    await at.connected()
    agreed = (await at.card()).consent_id
    at.cart.anonymous = True
    await at.ask(m.WithdrawConsent(encounter_id=encounter, consent_id=agreed))
    assert at.cart.desk.call.state == "ended"


async def test_media_hears_of_the_basis_and_not_of_her_protection(at: At) -> None:
    of = dataclasses.replace(patient(1), protection=Protection.GUARDIANSHIP, representative="Paul MARTIN")
    await at.cart.ledger.put_patient(of)
    await at.ask(m.ReleaseResident())
    await at.ask(m.SelectResident(patient_id="P1"))
    await at.ask(at.cart.agreed())
    await at.connected()
    assert (await at.card()).representative == "Paul MARTIN"
    seen = (await at.seen_by_media()).consent
    assert (seen.basis, seen.by) == ("person", "C. LEROY")
    assert (seen.protection, seen.representative, seen.consent_id, seen.document) == ("", "", "", False)


@pytest.mark.hazard("H1", without="tests.controls_consent:a_consent_is_whosever_is_on_screen")
async def test_a_consent_is_of_who_was_on_screen_when_it_was_touched(at: At) -> None:
    said = at.cart.agreed(standing=True)
    await at.ask(m.SelectResident(patient_id="P2"))
    assert await at.refused(said) is Reason.RESIDENT_CHANGED
    assert (await at.card()).basis == ""


@pytest.mark.parametrize(
    "wrong",
    [{"basis": "perhaps"}, {"basis": "representative"}, {"basis": "emergency", "standing": True}],
    ids=str,
)
async def test_what_says_too_little_is_refused_and_nothing_is_kept(at: At, wrong: dict[str, object]) -> None:
    assert await at.refused(msgspec.structs.replace(at.cart.agreed(), **wrong)) is Reason.NOT_ALLOWED
    assert await at.told("agreed") == []


# --- the store


async def test_rows_are_only_added_and_a_name_and_a_document_come_later(at: At) -> None:
    await at.ask(at.cart.agreed("representative", standing=True, other="tuteur"))
    book = StoredConsents(at.thread)
    (kept,) = await book.of("P1")
    now = at.cart.clock.now()
    told = await book.complete(kept.id, "Paul MARTIN, tuteur", PDF, now, NURSE)
    (kept,) = await book.of("P1")
    assert (kept.other, kept.document_id) == (told.other, told.document_id)
    assert await book.document(kept) == PDF
    assert kept.collected_by == Operator("C. LEROY", "10003456789")
    await book.withdraw_any(kept.id, now, NURSE)
    (gone,) = await book.of("P1")
    assert (gone.stands, gone.withdrawn_by) == (False, Operator("C. LEROY", "10003456789"))
    with pytest.raises(Fault):
        await book.complete(kept.id, "another", b"", now, NURSE)

    def change(store: EdgeStore) -> None:
        run = store.database.connection.execute
        for statement in ("UPDATE consent SET other = ''", "DELETE FROM consent"):
            with pytest.raises(sqlite.IntegrityError, match="never"):
                run(statement)
        assert store.sweep.run(256) == []  # its document is named

    await at.thread.run(change)


async def test_what_names_others_goes_with_the_resident(at: At) -> None:
    await at.ask(at.cart.agreed("consulted", standing=True, other="Paul MARTIN, fils"))
    book = StoredConsents(at.thread)
    (kept,) = await book.of("P1")
    await book.complete(kept.id, "", PDF, at.cart.clock.now(), NURSE)

    def forget(store: EdgeStore) -> tuple[int, list[str]]:
        with store.database.write():
            store.purge._forget("P1", at.cart.clock.now())
        named = store.database.connection.execute(
            "SELECT count(*) FROM consent WHERE other <> '' OR blob_sha256 IS NOT NULL"
        ).fetchone()[0]
        return int(named), store.sweep.run(256)

    named, swept = await at.thread.run(forget)
    assert (named, len(swept)) == (0, 1)
    assert await book.of("P1") == ()


async def test_nobody_agrees_who_is_not_here(at: At) -> None:
    one = dataclasses.replace(_said(1), patient_id="nobody")
    for asked in (
        lambda s: Consents(s.database, s.blobs).collect(one, "", at.cart.clock.now(), NURSE),
        lambda s: Consents(s.database, s.blobs).withdraw("k-0", "", "", at.cart.clock.now(), NURSE),
    ):
        with pytest.raises(Fault):
            await at.thread.run(asked)
