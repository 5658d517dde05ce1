"""The whole cart: the scripted round against a real Orthanc, and what it says when it fails."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from edge.domain.fault import Fault, Reason
from edge.mains import sync as sync_main
from edge.settings import Dicomweb, Fhir, Pacs, Settings
from tests import needs
from tests.servers import OrthancFarEnd


def demo(*arguments: str, report: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge.cli", "demo", "--headless", "--report", str(report), *arguments],
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def rest(http: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{http}{path}", timeout=20) as answer:
        content: bytes = answer.read()
    return content


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_scripted_round_arrives_in_a_real_orthanc_without_dciodvfy_errors(tmp_path: Path) -> None:
    needs.program("dbus-daemon", "dbus")
    dciodvfy = needs.program("dciodvfy", "dicom3tools")
    orthanc = OrthancFarEnd(tmp_path / "orthanc")
    await orthanc.up()
    try:
        out = tmp_path / "report.json"
        run = await asyncio.to_thread(demo, "--pacs", f"ORTHANC@127.0.0.1:{orthanc.port}", report=out)
        assert run.returncode == 0, run.stderr
        report = json.loads(out.read_text())
        assert report == json.loads(run.stdout)
        assert report["saved"] == report["sent"] == report["received"] == sum(report["captured"].values())
        assert report["lost"] == 0
        assert report["captured"]["spo2"] >= 2
        assert min(report["captured"].values()) >= 1
        assert report["consultation"]["video_frames"] >= 30
        assert report["consultation"]["audio_seconds"] > 1
        assert report["consultation"]["vitals_messages"] >= 1
        instances = json.loads(rest(orthanc.http, "/instances"))
        assert len(instances) == sum(report["captured"][kind] for kind in ("ecg", "ecg_paper", "photo", "report"))
        assert len(json.loads(rest(orthanc.http, "/studies"))) == 1
        for number, instance in enumerate(instances):
            file = tmp_path / f"{number}.dcm"
            file.write_bytes(rest(orthanc.http, f"/instances/{instance}/file"))
            checked = await asyncio.to_thread(
                subprocess.run, [dciodvfy, str(file)], capture_output=True, text=True, timeout=60, check=False
            )
            errors = [line for line in checked.stderr.splitlines() if line.startswith("Error")]
            assert errors == []
            tags = json.loads(rest(orthanc.http, f"/instances/{instance}/simplified-tags"))
            assert (tags["PatientID"], tags["PatientBirthDate"]) == ("IPP-0214", "19380312")
    finally:
        await orthanc.down()


def test_a_demo_that_cannot_begin_says_why_and_writes_its_report(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    run = demo("--pacs", "nonsense", report=out)
    assert run.returncode == 1
    assert "telecart: nonsense is not a PACS (write it as AET@HOST:PORT)" in run.stderr
    report = json.loads(out.read_text())
    assert (report["saved"], report["lost"], report["captured"]["ecg"]) == (0, 0, 0)


@pytest.mark.hazard("H7", without="tests.controls_edge:a_demonstration_sends_anywhere")
@pytest.mark.parametrize(
    "settings",
    [
        Settings(demo=True, pacs=(Pacs(aet="REGION", host="192.0.2.7", port=104, plain=True),)),
        Settings(demo=True, pacs=(Pacs(aet="REGION", host="pacs.example", port=104, plain=True),)),
        Settings(demo=True, fhir=(Fhir(url="https://fhir.example/r4"),)),
        Settings(demo=True, dicomweb=(Dicomweb(url="https://pacs.example/dicom-web"),)),
        Settings(demo=True, dicomweb=(Dicomweb(url="http://192.0.2.7/dicom-web", plain=True),)),
    ],
)
def test_a_demonstration_has_no_destination_that_was_not_named_for_it(settings: Settings) -> None:
    with pytest.raises(Fault) as caught:
        sync_main.destinations(settings)
    assert caught.value.reason is Reason.SETTINGS


def test_a_demonstration_sends_to_loopback_and_to_whom_its_user_named() -> None:
    named = Pacs(aet="TEST", host="192.0.2.7", port=104, for_demonstration=True, plain=True)
    here = Pacs(name="here", aet="TEST", host="127.0.0.1", port=104)
    web = Dicomweb(url="https://pacs.example/dicom-web", for_demonstration=True)
    ends = sync_main.destinations(Settings(demo=True, pacs=(named, here), dicomweb=(web,)))
    assert [end.name for end in ends] == ["pacs", "here", "dicomweb"]
