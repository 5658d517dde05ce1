"""A mail is read within bounds, whatever stands in it (T5, T7); what it says comes from its metadata."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from edge.domain.answer import AnswerKind, named
from edge.domain.fault import Fault, Reason
from edge.domain.operator import Operator
from edge.foreign.sandbox import Sandbox
from sync.record import letters
from sync.record.letters import Letter, read
from sync.record.mailbox import came_of
from tests.answer_mails import PDF, mail, metadata, xdm
from tests.unit.test_store import now

REQUEST = "0198c0de-0000-7000-8000-0123456789ab"


def test_the_metadata_say_which_request_who_and_when() -> None:
    letter = read(mail("1", "XDM/1.0/DDM+report", xdm(metadata(f"urn:uuid:{REQUEST}"))).as_bytes())
    assert named(letter.names) == (REQUEST,)
    assert (letter.author, letter.rpps) == ("DR Linh NGUYEN", "10009876543")
    assert letter.given == "2026-11-22T10:15:00+00:00"
    assert letter.text.startswith("Bonjour,\nPansement hydrocolloïde")
    (came,) = came_of(letter, "1:1", now().utc)
    assert (came.kind, came.pdf, came.author) == (AnswerKind.REPORT, PDF, Operator("DR Linh NGUYEN", "10009876543"))


def test_a_prescription_is_told_by_its_code_and_each_document_is_an_answer() -> None:
    archive = xdm(metadata(REQUEST, "57833-6"), PDF + b"% ordonnance")
    came = came_of(read(mail("1", "Re: avis", archive, PDF).as_bytes()), "1:1", now().utc)
    assert [one.kind for one in came] == [AnswerKind.PRESCRIPTION, AnswerKind.REPORT]
    assert len({one.key for one in came}) == len({one.origin for one in came}) == 2
    # the same document beside its archive is one
    assert len(came_of(read(mail("1", "Re: avis", xdm(metadata(REQUEST)), PDF).as_bytes()), "1:1", now().utc)) == 1


def test_without_metadata_subject_and_references_name_the_request() -> None:
    letter = read(mail("1", f"Re: XDM/1.0/DDM+{REQUEST}", pdf=PDF).as_bytes())
    assert named(letter.names) == (REQUEST,)
    letter = read(mail("2", "Re: avis", references=f"<a@b.example> <{REQUEST}@borne.example>").as_bytes())
    assert named(letter.names) == (REQUEST,)
    assert not letter.attached
    assert (letter.author, letter.rpps) == ("Linh Nguyen", "")


def bomb() -> bytes:
    """40 MiB of nothing in 40 kB."""
    return xdm(metadata(REQUEST), b"%PDF-" + bytes(40 * 1024 * 1024))


def many() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for place in range(5000):
            archive.writestr(f"{place}", "")
    return content.getvalue()


def lying() -> bytes:
    """Its end says that one entry is there."""
    content = bytearray(many())
    at = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, at + 8, 1, 1)
    return bytes(content)


BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
)


@pytest.mark.parametrize(
    "archive",
    [
        bomb(),
        many(),
        lying(),
        xdm(BILLION),
        xdm(b"<a>" * 10_000),
        xdm(b"<a" + b" " * 2_000_000 + b"/>"),
        xdm(metadata(REQUEST))[:-40],
        xdm(metadata(REQUEST))[:200] + bytes(200) + xdm(metadata(REQUEST))[400:],
        b"PK\x03\x04",
    ],
    ids=["bomb", "many", "lying", "entities", "deep", "large", "cut", "damaged", "nothing"],
)
def test_what_is_larger_or_deeper_than_a_letter_is_not_read(archive: bytes) -> None:
    with pytest.raises(Fault) as refused:
        read(mail("1", "avis", archive).as_bytes())
    assert refused.value.reason is Reason.UNDECODABLE


def test_paths_of_an_archive_lead_nowhere() -> None:
    told = metadata(REQUEST).replace(b"DOC0001.PDF", b"../../../../etc/passwd")
    (sheet,) = read(mail("1", "avis", xdm(told)).as_bytes()).sheets
    assert sheet.pdf == PDF


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 4000, b"Subject: =?x?q?=", b"Content-Type: multipart/mixed\r\n\r\n"]
)
def test_what_is_no_mail_is_a_letter_that_says_nothing(content: bytes) -> None:
    letter = read(content)
    assert not letter.attached
    assert letter.message_id


def test_nested_parts_end() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    with Sandbox(("sync.record.letter_worker",), Letter) as sandbox, pytest.raises(Fault) as refused:
        sandbox.read(b"MIME-Version: 1.0\r\n" + deep)
    assert refused.value.reason is Reason.UNDECODABLE


def test_the_worker_reads_what_is_read_here_and_is_confined() -> None:
    content = mail("1", "Avis demandé — réponse", xdm(metadata(REQUEST)), PDF + b"%").as_bytes()
    with Sandbox(("sync.record.letter_worker",), Letter) as sandbox:
        assert sandbox.read(content) == letters.read(content)
        assert sandbox.confined
