"""`telecart edge`: peripherals, store and door of one cart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from drivers import catalog
from drivers.files import dicom_ecg
from drivers.link.ble import BlePeripherals
from drivers.link.folder import RecorderFolder
from drivers.link.serial_port import SerialPeripheral
from edge import residents
from edge.acquire.recorder import Recorder, supervise
from edge.domain.capture import Overview
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import IMAGING, VITAL_SIGNS, Device, Kind
from edge.domain.ports import Peripherals
from edge.door import messages as m, snapshot
from edge.door.desk import Desk
from edge.door.server import DoorServer
from edge.mains import notify
from edge.mains.clock import SystemClock
from edge.mains.places import places_of
from edge.settings import Settings
from edge.store.ledger import EdgeStore, StoredLedger, open_for_edge
from edge.store.thread import StoreThread

_LOOK_EVERY = 0.25
"""Seconds between looks at what sync has written."""

_CLOCK_EVERY = 1.0
"""Seconds after which screens get a new snapshot although nothing happened: ages grow."""


def destinations(settings: Settings) -> Mapping[Kind, Sequence[str]]:
    """Who shall have which kind."""
    imaging = tuple(pacs.name for pacs in settings.pacs)
    vitals = tuple(fhir.name for fhir in settings.fhir)
    return dict.fromkeys(IMAGING, imaging) | dict.fromkeys(VITAL_SIGNS, vitals)


def peripherals(settings: Settings) -> dict[str, Peripherals]:
    """Every link of this cart by name. Raises Fault(SETTINGS) for a model that the catalog does not know."""
    links: dict[str, Peripherals] = {}
    if settings.bluetooth:
        links["bluetooth"] = BlePeripherals(catalog.BLE)
    by_name = {model.name: model for model in catalog.SERIAL}
    for line in settings.serial:
        if line.model not in by_name:
            raise Fault(Reason.SETTINGS, f"no serial device is called {line.model}", "see telecart models")
        links[line.port] = SerialPeripheral(line.port, by_name[line.model])
    if settings.recorder_folder is not None:
        recorder = Device("recorder-folder", "dicom-ecg", "ECG")
        links["recorder"] = RecorderFolder(settings.recorder_folder, dicom_ecg.read, recorder)
    return links


class Screens:
    """Publishes snapshots: at once after a change, soon after sync wrote, and every second."""

    def __init__(self, settings: Settings, ledger: StoredLedger, clock: SystemClock) -> None:
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._dirty = asyncio.Event()
        self._trace: m.Trace | None = None

    def changed(self) -> None:
        self._dirty.set()

    async def keep_publishing(self, recorder: Recorder, desk: Desk, server: DoorServer) -> None:
        version = -1
        published = 0.0
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._dirty.wait()
            found = await self._ledger.version()
            if not self._dirty.is_set() and found == version and loop.time() - published < _CLOCK_EVERY:
                continue
            self._dirty.clear()
            version, published = found, loop.time()
            shown = recorder.on_screen
            overview = await self._ledger.overview(shown.encounter.id if shown else None)
            bedside = snapshot.for_bedside(
                cart=self._settings.cart,
                demo=self._settings.demo,
                now=self._clock.now(),
                shown=shown,
                overview=overview,
                newest_trace=await self._newest_trace(overview),
                running=recorder.live(),
                devices=list(recorder.devices.values()),
                residents=await self._ledger.patients(),
                notice=recorder.notice,
                call=desk.call,
            )
            if recorder.on_screen is not shown:
                continue  # the resident changed while we read: never a mixed snapshot
            server.publish({m.UI: bedside, m.ADMIN: bedside, m.MEDIA: snapshot.for_media(bedside, desk.call)})
            notify.watchdog()

    async def _newest_trace(self, overview: Overview) -> m.Trace | None:
        newest = next((line for line in overview.lines if line.kind is Kind.ECG and not line.entered_in_error), None)
        if newest is None:
            self._trace = None
        elif self._trace is None or self._trace.item_id != newest.item_id:
            self._trace = snapshot.trace(await self._ledger.load(newest.item_id))
        return self._trace


async def run(settings: Settings) -> None:
    """Until cancelled. Raises Fault where the cart cannot work at all: no key, no store, settings that are wrong."""
    clock = SystemClock()
    links = peripherals(settings)
    purpose = "demonstration" if settings.demo else "care"

    def open_it() -> EdgeStore:
        return open_for_edge(places_of(settings), destinations(settings), purpose)

    async with StoreThread(open_it) as thread:
        ledger = StoredLedger(thread, settings.site.accession_prefix)
        if settings.residents is not None:
            for patient in residents.read(settings.residents, settings.site.issuer):
                await ledger.put_patient(patient)
        screens = Screens(settings, ledger, clock)
        recorder = Recorder(ledger, clock, screens.changed)

        def to_media(request: m.StillWanted) -> bool:
            return server.to_media(request)

        desk = Desk(recorder, ledger, clock, to_media)

        def left(role: str) -> None:
            if role == m.MEDIA:
                desk.media_left()
                screens.changed()

        server = DoorServer(settings.door, desk.handle, screens.changed, left)
        await desk.restore()
        async with server.open(), asyncio.TaskGroup() as tasks:
            tasks.create_task(screens.keep_publishing(recorder, desk, server))
            for name, link in links.items():
                tasks.create_task(supervise(link, recorder, name))
            notify.ready()
