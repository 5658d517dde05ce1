"""From a snapshot to the words on the screen, without a terminal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, strategies as st

from edge.domain.delivery import State
from edge.domain.fault import Reason
from edge.domain.measurement import Quality
from edge.domain.visitor import Visitor
from edge.door import messages as m
from ui.bedside import state
from ui.bedside.homonyms import near
from ui.bedside.locales import Words
from ui.bedside.views import CallPhase, Phase, TileView

WORDS = Words()
PARIS = ZoneInfo("Europe/Paris")


def _resident(number: int = 1, **changes: object) -> m.ResidentCard:
    plain = m.ResidentCard(
        id=f"r-{number}",
        birth_name="Durand",
        given_names="Ada",
        used_name=None,
        birth_date="1938-03-12",
        sex="F",
        room="12",
        identity_status="validee",
        allergies=None,
    )
    return msgspec.structs.replace(plain, **changes)


def _pressure(item_id: str = "i-1", age: float = 0.0, **changes: object) -> m.ItemCard:
    plain = m.ItemCard(
        item_id=item_id,
        kind="blood_pressure",
        device="Brassard",
        model="x",
        taken="2026-03-11T09:00:00Z",
        age_seconds=age,
        values=(
            m.Value(name="systolic", value="121", unit="mm[Hg]"),
            m.Value(name="diastolic", value="79.5", unit="mm[Hg]"),
        ),
    )
    return msgspec.structs.replace(plain, **changes)


def _saturation(value: str | None = "97", **changes: object) -> m.ItemCard:
    plain = m.ItemCard(
        item_id="i-2",
        kind="spo2",
        device="Oxymètre",
        model="x",
        taken="2026-03-11T09:00:00Z",
        age_seconds=30.0,
        values=(
            m.Value(name="spo2", value=value, unit="%" if value else None, quality=() if value else ("sensor_off",)),
            m.Value(name="pulse_rate", value="71", unit="/min"),
        ),
    )
    return msgspec.structs.replace(plain, **changes)


def _snapshot(*items: m.ItemCard, **changes: object) -> m.Snapshot:
    plain = m.Snapshot(cart="Borne 1", demo=False, clock="2026-03-11T10:00:00+01:00", resident=_resident(), items=items)
    return msgspec.structs.replace(plain, **changes)


def _tile(snapshot: m.Snapshot, key: str, **more: float) -> TileView:
    return next(tile for tile in state.view(snapshot, WORDS, **more).tiles if tile.key == key)


def test_a_pressure_is_shown_as_it_was_sent() -> None:
    tile = _tile(_snapshot(_pressure(age=130.0)), "blood_pressure")
    assert (tile.phase, tile.number, tile.unit, tile.device) == (Phase.SAVED, "121/79,5", "mmHg", "Brassard")
    assert (tile.age, tile.delivery, tile.doubtful) == ("il y a 2 min", "Gardé ici", False)


def test_what_was_not_measured_is_expected_and_has_no_number() -> None:
    tile = _tile(_snapshot(), "spo2")
    assert (tile.phase, tile.number, tile.item_id) == (Phase.EXPECTED, "", "")


def test_the_newest_reading_counts_whatever_the_order() -> None:
    old, new = _pressure("old", 900.0), _pressure("new", 5.0)
    assert _tile(_snapshot(old, new), "blood_pressure").item_id == "new"
    assert _tile(_snapshot(new, old), "blood_pressure").item_id == "new"


def test_an_undone_reading_gives_way_to_the_one_before_and_is_counted() -> None:
    undone = _pressure("undone", 5.0, entered_in_error=True)
    tile = _tile(_snapshot(undone, _pressure("before", 60.0)), "blood_pressure")
    assert (tile.item_id, tile.undone) == ("before", "1 annulée")
    assert _tile(_snapshot(undone), "blood_pressure").phase is Phase.EXPECTED


def test_the_pulse_comes_from_either_device_and_says_what_undoing_takes_along() -> None:
    tile = _tile(_snapshot(_saturation()), "pulse")
    assert (tile.number, tile.unit, tile.device, tile.undo) == ("71", "/min", "Oxymètre", "ANNULER (et SpO₂)")


def test_a_running_value_is_told_from_a_saved_one() -> None:
    live = m.LiveCard(kind="spo2", device="Oxymètre", values=(m.Value(name="spo2", value="93", unit="%"),))
    tile = _tile(_snapshot(_saturation(), live=(live,)), "spo2")
    assert (tile.phase, tile.number, tile.delivery) == (Phase.LIVE, "93", "Pas encore gardé")
    assert tile.kept == "97"
    assert tile.before == "Avant : 97, à l'instant"
    assert tile.age == ""


def test_a_running_value_is_not_running_once_the_cart_is_silent() -> None:
    live = m.LiveCard(kind="spo2", device="Oxymètre", values=(m.Value(name="spo2", value="93", unit="%"),))
    view = state.view(_snapshot(_saturation(), live=(live,)), WORDS, old=True)
    tile = next(tile for tile in view.tiles if tile.key == "spo2")
    assert (tile.phase, tile.number, tile.old) == (Phase.SAVED, "97", True)


def test_a_missing_number_says_why_and_is_no_zero() -> None:
    tile = _tile(_snapshot(_saturation(None)), "spo2")
    assert (tile.number, tile.doubts, tile.doubtful) == ("—", ("capteur débranché",), True)


def test_a_running_measurement_without_a_number_hides_nothing() -> None:
    values = tuple(
        m.Value(name=name, value=None, unit=None, quality=("sensor_off",)) for name in ("spo2", "pulse_rate")
    )
    off = m.LiveCard(kind="spo2", device="Oxymètre", values=values)
    assert _tile(_snapshot(_saturation(), live=(off,)), "spo2").number == "97"
    waiting = _tile(_snapshot(live=(off,)), "spo2")
    assert (waiting.phase, waiting.number, waiting.remarks) == (Phase.EXPECTED, "", ("capteur débranché",))


@pytest.mark.parametrize(
    ("a", "b", "are_near"),
    [
        ("dupont", "dupond", True),
        ("dupont", "dupon", True),
        ("martin", "matrin", True),
        ("petit", "lepetit", False),
        ("dupont", "durand", False),
        ("roux", "roux", True),
        ("le", "li", False),
        ("bernard", "bernarde", True),
        ("xbernard", "bernard", True),
    ],
)
def test_names_that_could_be_taken_for_one_another(a: str, b: str, are_near: bool) -> None:
    assert near(a, b) is near(b, a) is are_near


def test_doubt_and_remark_stay_apart() -> None:
    cuff = _pressure(quality=("body_movement", "irregular_pulse", "never_heard_of"))
    tile = _tile(_snapshot(cuff), "blood_pressure")
    assert tile.doubts == ("mouvement pendant la mesure",)
    assert tile.remarks == ("pouls irrégulier selon l'appareil", "never_heard_of")


def test_ages_go_on_between_snapshots() -> None:
    assert _tile(_snapshot(_pressure(age=50.0)), "blood_pressure", elapsed=3700.0).age == "il y a 1 h 02"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "à l'instant"),
        (59, "à l'instant"),
        (60, "il y a 1 min"),
        (3599, "il y a 59 min"),
        (3600, "il y a 1 h 00"),
        (2 * 86400 + 3 * 3600, "il y a 2 j 03 h"),
        (2 * 86400, "il y a 2 j"),
    ],
)
def test_ages_in_words(seconds: float, said: str) -> None:
    assert WORDS.ago(seconds) == said


def test_every_state_quality_and_sign_of_delivery_has_a_word() -> None:
    assert set(WORDS.delivery) == set(State)
    assert set(WORDS.quality) == set(Quality)
    assert [WORDS.delivery[word] for word in ("kept", "pending", "sent", "received", "needs_person")] == [
        "Gardé ici",
        "En attente",
        "Envoyé",
        "Reçu",
        "À corriger",
    ]
    assert set(WORDS.faults) <= set(Reason)


@pytest.mark.parametrize(
    ("clock", "age"),
    [("2026-03-11T10:00:00Z", "(87 ans)"), ("2026-03-12T10:00:00Z", "(88 ans)"), ("10:00", "12/03/1938")],
)
def test_the_age_turns_on_the_birthday_and_is_left_out_without_a_date(clock: str, age: str) -> None:
    view = state.view(_snapshot(clock=clock), WORDS, zone=PARIS)
    assert view.resident is not None
    assert view.resident.birth.endswith(age)


def test_an_unknown_trait_is_said_and_never_a_question_mark() -> None:
    blank = _resident(birth_date="", sex="", room="", identity_status="")
    one = state.resident(blank, WORDS, None)
    assert (one.birth, one.sex, one.room) == (
        "date de naissance non renseignée",
        "Sexe non renseigné",
        "Chambre non renseignée",
    )
    assert one.identity == "Statut d'identité non renseigné"
    assert one.it_is == "C'EST CETTE PERSONNE"


def test_a_used_name_is_shown_only_where_it_differs() -> None:
    assert state.resident(_resident(used_name="DURAND"), WORDS, None).used == ""
    assert state.resident(_resident(used_name="Petit"), WORDS, None).used == "utilisé : PETIT"


def test_homonyms_are_flagged_across_accents_and_used_names() -> None:
    residents = (
        _resident(1, birth_name="Lefèvre"),
        _resident(2, birth_name="LEFEVRE"),
        _resident(3, birth_name="Roux", used_name="Petit"),
        _resident(4, birth_name="Petit"),
        _resident(5, birth_name="Moreau", used_name="Moreau"),
    )
    view = state.view(_snapshot(residents=residents), WORDS)
    assert {one.id for one in view.residents if one.homonym} == {"r-1", "r-2", "r-3", "r-4"}


def test_residents_stand_in_the_order_of_their_rooms() -> None:
    rooms = ("110", "9", "21", "100")
    view = state.view(_snapshot(residents=tuple(_resident(n, room=room) for n, room in enumerate(rooms))), WORDS)
    assert [one.room for one in view.residents] == ["Ch. 9", "Ch. 21", "Ch. 100", "Ch. 110"]


def test_the_ecg_shows_only_its_own_trace() -> None:
    ecg = m.ItemCard(item_id="e", kind="ecg", device="ECG", model="x", taken="", age_seconds=5.0, state="received")
    foreign = m.Trace(item_id="other", lead="II", hertz=500.0, millivolts=(0.1, 0.2))
    assert state.view(_snapshot(ecg, trace=foreign), WORDS).ecg.millivolts == ()
    own = msgspec.structs.replace(foreign, item_id="e")
    view = state.view(_snapshot(ecg, trace=own), WORDS).ecg
    assert (view.lead, view.millivolts, view.delivery) == ("Dérivation II", (0.1, 0.2), "Reçu")
    undone = msgspec.structs.replace(ecg, entered_in_error=True)
    assert state.view(_snapshot(undone, trace=own), WORDS).ecg.item_id == ""


@pytest.mark.parametrize(("count", "hertz", "said"), [(2500, 250.0, "10"), (1234, 1000.0, "1.2"), (5, 0.0, "0")])
def test_seconds_of_a_trace(count: int, hertz: float, said: str) -> None:
    assert state.seconds_of((0.0,) * count, hertz) == said


@pytest.mark.parametrize(
    ("said", "phase"),
    [
        ("none", CallPhase.IDLE),
        ("requested", CallPhase.OPENING),
        ("lobby", CallPhase.LOBBY),
        ("failed", CallPhase.FAILED),
    ],
)
def test_the_phases_of_a_call(said: str, phase: CallPhase) -> None:
    assert state.view(_snapshot(call=m.CallCard(state=said)), WORDS).call.phase is phase


def test_what_matters_comes_first_on_the_status_line() -> None:
    waiting = m.Waiting(kept=1, needs_person=2, last_received_seconds=7200)
    standing = m.StandingCard(
        reach=m.ReachCard(state="offline", seconds=7200.0, silent=("pacs",)), power=m.PowerCard(percent=82)
    )
    said = _snapshot(waiting=waiting, unassigned=1, call=m.CallCard(state="waiting"), standing=standing)
    view = state.view(said, WORDS, zone=PARIS)
    assert [slot.full for slot in view.status.slots] == [
        "● Un spécialiste attend",
        "⚠ 2 à corriger · 1 mesure sans résident",
        "○ HORS LIGNE depuis 2 h 00",
        "↑ 1 à envoyer (moins d'une minute)",
        "▮▮▮▯ 82 %",
        "Borne 1",
    ]
    assert view.status.clock == "10:00"


@pytest.mark.parametrize(
    ("clock", "elapsed", "shown"),
    [
        ("2026-03-11T13:32:00+00:00", 0.0, "14:32"),
        ("2026-03-11T13:32:59+00:00", 61.0, "14:34"),
        ("2026-10-25T00:59:30+00:00", 60.0, "02:00"),  # the night in which 2 o'clock comes twice
        ("2026-03-29T00:59:30+00:00", 60.0, "03:00"),
        ("2026-03-11T13:32:00", 0.0, "2026-03-11T13:32:00"),
    ],
)
def test_the_clock_is_local_and_goes_on_between_snapshots(clock: str, elapsed: float, shown: str) -> None:
    assert state.view(_snapshot(clock=clock), WORDS, elapsed=elapsed, zone=PARIS).status.clock == shown


hostile = st.text(alphabet=st.sampled_from("a\x00\x07\x1b\x7f\x9b\x9d\u202e\u2066\u200b\ufeff\u2028\n[]"), max_size=12)


@given(hostile, hostile, hostile)
def test_every_text_of_a_snapshot_goes_through_the_sanitiser(name: str, device: str, notice: str) -> None:
    snapshot = _snapshot(
        _pressure(device=device, quality=(name,)),
        resident=_resident(birth_name=name, allergies=(notice,)),
        residents=(_resident(used_name=device),),
        notice=notice,
        trace=m.Trace(item_id=name, lead=device, hertz=1.0, millivolts=(0.5,)),
        call=m.CallCard(
            state="waiting", address=name, pin=device, what=notice, visitor=Visitor(device, name, spoken=notice)
        ),
    )
    text = repr(state.view(state.clean(snapshot), WORDS))
    assert not any(sign in text for sign in ("\\x", "\\u", "\\n", "\x1b", "\u202e"))
