"""What ADT messages say, by messages that others published.

PAT-TROIS: volet Téléradiologie of the ANS (its PID). A28 of 2024-02-20 and A31 of 2023-06-02: Gazelle Patient Manager (IHE's test
tool for France, transactions of interop.esante.gouv.fr). FEDERER: a French HL7 guide of ESIR (github.com/cdelanchy/esir-hl7-tp).
A40: the example of IBM's converter (LinuxForHealth hl7v2-fhir-converter), its type of identifier changed to PI.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings, strategies as st

from edge.domain.movement import Movement, Outcome, Reliability, What
from edge.domain.patient import Attribute, Doctor, Ins, Protection, Sex
from sync.record import acknowledging, adt, framing, header
from sync.record.framing import Frames, framed
from sync.record.header import NotTaken

HOUSE = ("EHPAD", "")
GIVERS = ("AUT", "ASOL", "XYZ")
"""Who gives the local identifiers in these messages."""

TELERADIOLOGY = (
    "MSH|^~\\&|StructureApp|StructureFacility|TLRapp|TLRfacility|20260106134418||ADT^A04^ADT_A01|000001|P|2.5.1|||||FRA|"
    "UNICODE UTF-8\r"
    "PID|||279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS^^20101207~405660^^^AUT&1204567809&M^PI||"
    "PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L||19790328|F|||28 Av de Breteuil^^PARIS^^75007^FRA^H~^^^^^^BDL^^63220"
    "||||||||||||||||||||N|VALI\r"
)
TELERADIOLOGY = TELERADIOLOGY.replace("||||||||||||||||||||N|VALI", "|" * 19 + "N||VALI")

GAZELLE_A28 = (
    "MSH|^~\\&|PatientManager|IHE|PatientManager|PAM_F|20240220183827||ADT^A28^ADT_A05|20240220183827|P|2.5^FRA^2.10||||||"
    "UNICODE UTF-8\rEVN||20240220183827\r"
    "PID|||267059812345671^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS||MASSON^HERVE^PATRICE^^^^L||19980503|M|||"
    "7 place du Commerce^^BORDEAUX^^33000^FRA^H~^^^^^^BDL|||||||AN1496^^^GZL_INTEROP&2.16.840.1.113883.2.8.3.7&ISO^AN"
    "||||||||||||||VALI\rPV1||N\rZFD|||N|N\r"
)

GAZELLE_A31 = (
    "MSH|^~\\&|MB|MB|PatientManager|PAM_FR|20230602213228||ADT^A31^ADT_A05|5|D|2.5^FRA^2.10||||||UNICODE UTF-8|FR\r"
    "EVN||20230602213228\r"
    "PID|1||5655ae1f-3d1e-4de6-b177-d57ea581c4f3^^^&&M^PI||IHE-FR PAM^^^^^^D^A~ROCHE^YVES^^^^^L^A||20170814|U|||"
    "_UPDATED^^^^^^H|||||||||||||||||||N||PROV|20230602213228\rPD1||U||||||||||N\rPV1|1|N\rZFD|||N|N|SM\r"
)

ESIR_A08 = (
    "MSH|^~\\&|ASOL|SOL|ENOVACOM|HL7|20150528100134||ADT^A08|1306364|P|2.3.1||||||8859/1\rEVN|A08|20150409000000||||201504090000\r"
    "PID|||7315431^^^ASOL^PI||FEDERER^ROGER^^^^^L||19810808|M|||55 RUE DU MARECHAL LECLERC^^SAINT MAURICE^^94410^100^H~"
    "^^TORNO DO PINHA^^^139^BDL||0179560405^PRN^PH||FR|S||815034840^^^ASOL|1810845125532 45|||||||100||||N\r"
    "PV1||I|1211^S225^1|R||||||A01||||||F|RCAUSSE||815034840^^^ASOL|||||||||||||||||||||||||20150508174100|||0|||1|A\r"
    "PV2|||^^^CONS\rROL|1|UP|ODRP|99700067210^MEDECIN^TRAITANT^^^^^^AGFA^^^^RPPS|19000101|29991231\r"
    "ZFU|||1163|20150522181500|1162|20150522181500\r"
)

IBM_A40 = (
    "MSH|^~\\&|REGADT|MCM|RSP1P8|MCM|200301051530|SEC|ADT^A40^ADT_A39|00000003|P|2.6\r"
    "EVN|A40|200301051530\rPID|||MR1^^^XYZ^PI||\rMRG|MR2^^^XYZ\r"
)


def house_in(text: str) -> tuple[str, str]:
    """Of whose house the cart is that is told this."""
    return next((name for name in GIVERS if f"^^^{name}" in text), "EHPAD"), ""


def read(
    text: str, *, house: tuple[str, str] | None = None, demonstration: bool = True, codec: str = "utf-8"
) -> Movement:
    frame = text.encode(codec)
    head = header.read(frame)
    assert head is not None
    found = adt.received(frame, head, house or house_in(text), demonstration=demonstration).movement
    assert found is not None
    return found


def refused(
    text: str, *, house: tuple[str, str] | None = None, demonstration: bool = False, codec: str = "utf-8"
) -> NotTaken:
    with pytest.raises(NotTaken) as caught:
        read(text, house=house, demonstration=demonstration, codec=codec)
    return caught.value


def test_identity_with_its_ins_status_and_birthplace() -> None:
    found = read(TELERADIOLOGY)
    assert found.what is What.ADMITTED
    told = found.told
    assert (told.id, told.birth_name, told.given_names) == ("405660", "PAT-TROIS", "DOMINIQUE")
    assert (told.birth_date, told.sex, told.birth_place) == (dt.date(1979, 3, 28), Sex.FEMALE, "63220")
    assert told.ins == Ins("279035121518989", "1.2.250.1.213.1.4.10")
    assert told.reliability == Reliability(validated=True)
    assert told.allergies is None  # unknown is not none known (H14)


def test_a_person_without_a_local_identifier_is_nobody_here() -> None:
    why = refused(GAZELLE_A28)
    assert (why.code, why.number) == ("AE", 101)
    assert "MASSON" not in why.what


def test_used_name_and_a_sex_that_the_cart_does_not_know() -> None:
    told = read(GAZELLE_A31).told
    assert (told.birth_name, told.used_name, told.sex) == ("ROCHE", "IHE-FR PAM", None)
    assert told.reliability == Reliability(validated=False)


def test_a_cart_in_care_takes_no_messages_of_tests() -> None:
    why = refused(GAZELLE_A31)
    assert (why.code, why.number) == ("AR", 202)


def test_room_and_treating_doctor() -> None:
    told = read(ESIR_A08, codec="iso8859-1").told
    assert told.room == "S225"
    assert told.treating_doctor == Doctor("MEDECIN TRAITANT", "99700067210")


def test_a_merge_names_both_identifiers() -> None:
    found = read(IBM_A40)
    assert (found.what, found.told.id, found.other_id) == (What.MERGED, "MR1", "MR2")


@pytest.mark.parametrize(
    "escape", ["\\Z1\\", "\\XZZ\\", "\\C2842\\", "\\M262170\\", "\\\\", "\\", "\\.spx\\", "\\.sp" + "9" * 5000 + "x\\"]
)
def test_an_escape_that_is_not_known_is_refused_and_nothing_of_it_is_logged(
    escape: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert "FEDERER" not in refused(ESIR_A08.replace("FEDERER", f"FEDERER{escape}"), demonstration=True).what
    assert caplog.records == []


def test_a_line_feed_is_repeated_once_however_often_it_is_said() -> None:
    assert read(ESIR_A08.replace("FEDERER", f"FEDE\\.sp{'9' * 5000}\\RER\\H\\\\N\\")).told.birth_name == "FEDE RER"


@pytest.mark.hazard("H2", without="tests.controls_record:whoever_gave_it")
@pytest.mark.parametrize("identifier", ["MR1^^^XYZ^PI", "MR1^^^XYZ", "MR1^^^EHPAD&1.2.3&ISO^PI", "MR1^^^&1.2.3&ISO^PI"])
def test_an_identifier_that_another_authority_gave_is_none_of_ours(identifier: str) -> None:
    """The same number is somebody else there."""
    house = ("EHPAD", "1.2.250.1.71")
    alone = IBM_A40.replace("A40", "A08").replace("MR1^^^XYZ^PI", identifier)
    merged = IBM_A40.replace("MR1^^^XYZ^PI", "MR1^^^EHPAD^PI").replace("MR2^^^XYZ", identifier)
    for text, field in ((alone, "PID-3"), (merged, "MRG-1")):
        why = refused(text, house=house)
        assert (why.code, why.number) == ("AE", 204)
        assert field in why.what
        assert "authority" in why.what
        assert "MR1" not in why.what


@pytest.mark.parametrize(
    ("authority", "house"),
    [
        ("EHPAD", ("EHPAD", "")),
        ("EHPAD", ("EHPAD", "1.2.3")),
        ("EHPAD&9.9&ISO", ("EHPAD", "")),  # nothing here to compare the OID with
        ("NAMED OTHERWISE&1.2.3&ISO", ("EHPAD", "1.2.3")),
        ("&1.2.3&ISO", ("EHPAD", "1.2.3")),
        ("1.2.3", ("EHPAD", "1.2.3")),
        ("", ("EHPAD", "1.2.3")),
        ("&&M", ("EHPAD", "1.2.3")),
    ],
)
def test_an_identifier_of_this_house_by_its_name_or_its_oid(authority: str, house: tuple[str, str]) -> None:
    others = f"MR3^^^XYZ^PI~MR1^^^{authority}^PI~MR4^^^&1.9&ISO^PI"
    text = IBM_A40.replace("A40", "A08").replace("MR1^^^XYZ^PI", others)
    assert read(text, house=house).told.id == "MR1"


@pytest.mark.parametrize(
    ("authority", "house", "line"),
    [
        ("RESIDENCE", ("EHPAD", ""), 'issuer = "RESIDENCE"'),
        ('LA "BASTIDE"', ("EHPAD", "1.2.3"), 'issuer = "LA \\"BASTIDE\\""'),
        ("RESIDENCE&1.2.250.1.71&ISO", ("EHPAD", "1.2.3"), 'issuer_oid = "1.2.250.1.71"'),
        ("&1.2.250.1.71&ISO", ("EHPAD", ""), 'issuer_oid = "1.2.250.1.71"'),
        ("RESIDENCE&house&L", ("EHPAD", ""), 'issuer = "RESIDENCE"'),
    ],
)
def test_whoever_is_refused_is_told_what_to_write_where(authority: str, house: tuple[str, str], line: str) -> None:
    """And what is told is enough."""
    text = IBM_A40.replace("A40", "A08").replace("MR1^^^XYZ^PI", f"MR1^^^{authority}^PI")
    what = refused(text, house=house).what
    assert what.endswith(f"where that one gives the numbers of this house, write there {line}")
    assert "[site]" in what
    written = tomllib.loads(line)
    house = (written.get("issuer", house[0]), written.get("issuer_oid", house[1]))
    assert read(text, house=house).told.id == "MR1"


@pytest.mark.parametrize(
    "ins", ["ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO", "ASIP-SANTE-INS-NIA", "&1.2.250.1.213.1.4.9&ISO"]
)
def test_no_ins_is_said_to_be_the_number_of_a_house(ins: str) -> None:
    what = refused(IBM_A40.replace("A40", "A08").replace("MR1^^^XYZ^PI", f"MR1^^^{ins}"), house=HOUSE).what
    assert "issuer" not in what


def test_what_is_told_stays_short() -> None:
    many = "~".join(f"MR1^^^A{n}{'B' * 80}^PI" for n in range(500)) + "~MR1^^^" + "C" * 5000 + "^PI"
    assert len(refused(IBM_A40.replace("MR1^^^XYZ^PI", many), house=HOUSE).what) < 600


def test_an_authority_whose_oid_is_none_is_not_to_be_written() -> None:
    text = IBM_A40.replace("A40", "A08").replace("MR1^^^XYZ^PI", "MR1^^^RESIDENCE&house&L^PI")
    assert "write" not in refused(text, house=("EHPAD", "1.2.3")).what


def test_of_two_identifiers_that_nobody_says_to_have_given_neither_is_taken() -> None:
    assert refused(IBM_A40.replace("MR1^^^XYZ^PI", "MR1^^^^PI~MR3^^^^PI"), house=HOUSE).number == 204


CHARACTERS: Mapping[str, str] = {"8859/1": "iso8859-1", "8859/15": "iso8859-15", "UNICODE UTF-8": "utf-8"}


@pytest.mark.parametrize("charset", CHARACTERS)
def test_names_are_read_in_the_characters_that_the_message_says(charset: str) -> None:
    text = ESIR_A08.replace("8859/1", charset).replace("FEDERER", "LEFÈVRE")
    assert read(text, codec=CHARACTERS[charset]).told.birth_name == "LEFÈVRE"


@pytest.mark.parametrize(
    ("charset", "codec"), [("", "utf-8"), ("UNICODE UTF-8", "iso8859-1"), ("GB 18030-2000", "gb18030")]
)
def test_no_name_is_guessed(charset: str, codec: str) -> None:
    text = ESIR_A08.replace("8859/1", charset).replace("FEDERER", "LEFÈVRE")
    why = refused(text, codec=codec)
    assert (why.code, why.number) == ("AR", 102)


def test_what_is_escaped_is_not_a_separator() -> None:
    told = read(ESIR_A08.replace("FEDERER", "D\\T\\G\\S\\X")).told
    assert told.birth_name == "D&G^X"


def test_other_separators() -> None:
    text = IBM_A40.replace("|", "#").replace("^", "!")
    assert (read(text, house=("XYZ", "")).told.id, read(text, house=("XYZ", "")).other_id) == ("MR1", "MR2")


def test_what_a_screen_would_obey_is_refused() -> None:
    why = refused(ESIR_A08.replace("FEDERER", "FED\\X1B\\[2J"), demonstration=True)
    assert why.code == "AE"


def test_known_allergies_none_known_and_unknown_differ() -> None:
    listed = ESIR_A08 + "AL1|1|DA|^Pénicilline\rAL1|2|FA|ARA^Arachide\r"
    assert read(listed, codec="iso8859-1").told.allergies == (
        "Pénicilline",
        "Arachide",
    )
    assert read(ESIR_A08 + "AL1|1||716186003^No known allergy^SCT\r").told.allergies == ()
    assert read(ESIR_A08).told.allergies is None


def test_her_guardian_stands_for_her_and_nobody_else_does() -> None:
    text = ESIR_A08 + "NK1|1|REMY^AUDREY|UNK\rNK1|2|UDAF|GRD||^PRN^PH^^^^^^^^^0102030405\r"
    assert read(text).told.representative == "UDAF, 0102030405"
    assert read(ESIR_A08 + "NK1|1|REMY^AUDREY|UNK\r").told.representative is None


@pytest.mark.parametrize(
    ("nk1", "name", "protection"),
    [
        ("NK1|1|REMY^AUDREY|GRD", "REMY AUDREY", Protection.GUARDIANSHIP),
        ("NK1|1|REMY^AUDREY|WRD", "REMY AUDREY", Protection.GUARDIANSHIP),
        ("NK1|1|REMY^AUDREY|CUR", "REMY AUDREY", None),  # two publications mean two things by it
        ("NK1|1|REMY^AUDREY|CHD||||R", "REMY AUDREY", None),
        ("NK1|1|REMY^AUDREY|CHD||||K", None, None),
        ("NK1|1|REMY^AUDREY|CHD||||R\rNK1|2|UDAF|GRD", "UDAF", Protection.GUARDIANSHIP),
        ("NK1|1|REMY^AUDREY|GRD||||||20150527", None, None),  # no more, on the day the message was sent
        ("NK1|1|REMY^AUDREY|GRD||||||20150528", "REMY AUDREY", Protection.GUARDIANSHIP),
    ],
)
def test_who_represents_her_and_that_she_has_a_guardian(
    nk1: str, name: str | None, protection: Protection | None
) -> None:
    found = read(ESIR_A08 + nk1 + "\r").told
    assert (found.representative, found.protection) == (name, protection)


@pytest.mark.parametrize(("code", "known"), [("AR", True), ("AN", True), ("AD", None), ("", None)])
def test_a_stay_that_speaks_of_her_ald(code: str, known: bool | None) -> None:
    assert read(ESIR_A08.replace("PV2|||^^^CONS", "PV2" + "|" * 18 + code)).told.long_term_illness is known


def test_death_counts_from_its_day_whatever_the_event() -> None:
    pid = ESIR_A08.split("\r")[2].split("|")
    pid += [""] * (33 - len(pid))
    pid[29], pid[30] = "20150501120000", "Y"
    found = read(ESIR_A08.replace(ESIR_A08.split("\r")[2], "|".join(pid)))
    assert (found.what, found.day) == (What.DIED, dt.date(2015, 5, 1))


@pytest.mark.parametrize(
    ("codes", "validated", "attributes"),
    [
        ("VALI", True, set()),
        ("PROV", False, set()),
        ("VALI~HOMA", True, {Attribute.HOMONYM}),
        ("DOUT", False, {Attribute.DOUBTFUL}),
        ("FICT", False, {Attribute.FICTITIOUS}),
    ],
)
def test_the_french_codes_of_reliability(codes: str, validated: bool, attributes: set[Attribute]) -> None:
    said = read(TELERADIOLOGY.replace("VALI", codes)).told.reliability
    assert said == Reliability(validated, frozenset(attributes))


@pytest.mark.parametrize("event", sorted(adt.OF_NO_CONCERN))
def test_what_changes_nothing_here_is_said_to_be_received(event: str) -> None:
    frame = ESIR_A08.replace("ADT^A08", f"ADT^{event}").encode("iso8859-1")
    head = header.read(frame)
    assert head is not None
    found = adt.received(frame, head, HOUSE, demonstration=False)
    assert (found.movement, found.outcome) == (None, Outcome.NOTHING)


@pytest.mark.parametrize(
    ("was", "becomes", "number"),
    [("ADT^A08", "ORU^R01", 200), ("ADT^A08", "ADT^A24", 201), ("|1306364|", "||", 101), ("|2.3.1|", "|3|", 203)],
)
def test_what_is_not_taken_is_rejected_with_its_number(was: str, becomes: str, number: int) -> None:
    why = refused(ESIR_A08.replace(was, becomes))
    assert (why.code, why.number) == ("AR", number)


def test_the_same_message_sent_later_is_the_same() -> None:
    def digest(text: str) -> str:
        head = header.read(text.encode())
        assert head is not None
        return adt.received(text.encode(), head, house_in(text), demonstration=False).digest

    assert digest(ESIR_A08) == digest(ESIR_A08.replace("20150528100134", "20150528110134"))
    assert digest(ESIR_A08) != digest(ESIR_A08.replace("S225", "S226"))


def test_an_acknowledgement_names_what_it_answers() -> None:
    head = header.read(IBM_A40.encode())
    assert head is not None
    at = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
    lines = acknowledging.accepted(head, 7, at).decode().split("\r")
    assert lines[0] == "MSH|^~\\&|TELECART||REGADT|MCM|20261122100000+0000||ACK^A40^ACK|TC7|P|2.5||||||UNICODE UTF-8"
    assert lines[1] == "MSA|AA|00000003"
    lines = acknowledging.refused(head, 8, at, NotTaken("AE", 204, "no | such")).decode().split("\r")
    assert lines[1:3] == ["MSA|AE|00000003", "ERR|||204^Unknown key identifier^HL70357|E||||no \\F\\ such"]


# --- frames


@given(
    st.lists(st.binary(max_size=200).filter(lambda one: b"\x0b" not in one and b"\x1c" not in one), max_size=5),
    st.data(),
)
@settings(max_examples=100, deadline=None)
def test_frames_come_out_whole_however_they_are_cut(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"noise".join(framed(one) for one in messages)
    frames, found = Frames(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        frames.feed(stream[:cut])
        stream = stream[cut:]
        while (frame := frames.next_frame()) is not None:
            found.append(frame.content)
    assert found == messages


def test_a_message_that_is_too_long_holds_no_more_than_its_beginning() -> None:
    frames = Frames()
    frames.feed(framing.BEGIN + IBM_A40.encode())
    found = None
    for _ in range(40):
        frames.feed(b"A" * 65536)
        found = found or frames.next_frame()
    assert found is not None
    assert not found.whole
    assert len(found.content) == framing.HEAD
    head = header.read(found.content)
    assert head is not None
    assert head.control_id == "00000003"


def test_what_is_no_mllp_is_noticed() -> None:
    frames = Frames()
    for _ in range(3):
        frames.feed(b"GET / HTTP/1.1\r\n" * 2048)
        assert frames.next_frame() is None
    assert not frames.is_mllp


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    for frame in (content, b"MSH|^~\\&|" + content, IBM_A40.encode()[:70] + content):
        head = header.read(frame)
        if head is not None:
            try:
                adt.received(frame, head, HOUSE, demonstration=True)
            except NotTaken as why:
                adt.not_read(frame, head, why)
                acknowledging.refused(head, 1, dt.datetime.now(dt.UTC), why)


def test_a_message_of_nothing_but_separators_costs_little() -> None:
    why = refused(IBM_A40 + "Z|" * 30_000)
    assert why.number == 207
