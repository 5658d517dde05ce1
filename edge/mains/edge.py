"""`telecart edge`: peripherals, store and door of one cart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

from drivers.english import english
from edge.acquire.attendance import Attendance
from edge.acquire.consents import Consents
from edge.acquire.devices import Devices
from edge.acquire.recorder import Recorder, supervise
from edge.acquire.strip import Strips
from edge.domain.audit import Origin
from edge.domain.ports import LinkState, LiveSamples
from edge.domain.samples import Signal
from edge.domain.specialist_note import SpecialistNote
from edge.domain.staff import Deed
from edge.door import messages as m, sight, snapshot
from edge.door.answer_desk import AnswerDesk
from edge.door.appointment_desk import AppointmentDesk
from edge.door.assign_desk import AssignDesk
from edge.door.attendance_desk import DEEDS, AttendanceDesk, while_seen
from edge.door.consent_desk import ConsentDesk
from edge.door.desk import Desk
from edge.door.device_desk import DeviceDesk
from edge.door.earlier_desk import EarlierDesk
from edge.door.face_desk import FaceDesk
from edge.door.look_desk import LookDesk
from edge.door.opinion_desk import OpinionDesk
from edge.door.server import DoorServer
from edge.door.specialist_desk import SpecialistDesk
from edge.door.standing_desk import StandingDesk
from edge.door.typing_desk import TypingDesk
from edge.door.window_desk import WindowDesk
from edge.in_use import InUse
from edge.mains import identity, keepers, notify, printing
from edge.mains.actor import of_process
from edge.mains.answering import keep_escalating
from edge.mains.badges import Badges, reader
from edge.mains.clock import SystemClock
from edge.mains.diary import Diary
from edge.mains.followed import Follow
from edge.mains.links import peripherals, provisioned, wired
from edge.mains.places import own_store
from edge.mains.screens import Screens
from edge.mains.serving import Serving
from edge.mains.standing import Stand
from edge.settings import Settings
from edge.store.answer_book import StoredAnswers
from edge.store.appointment_book import StoredAppointments
from edge.store.consent_book import StoredConsents
from edge.store.face_book import StoredFaces
from edge.store.note_book import StoredNotes
from edge.store.scale_book import StoredScales
from edge.store.staff_book import StoredStaff
from edge.store.way_book import StoredWays
from edge.store.whose_book import StoredWhose
from sync.dicom.fetching.prior_reading import opened
from sync.report.leafing import leaf_of


async def run(settings: Settings) -> None:
    """Until cancelled. Raises Fault where the cart cannot work at all: no key, no store, settings that are wrong."""
    clock = SystemClock()
    async with own_store(settings, of_process("edge")) as ledger:
        attendance = Attendance(StoredStaff(ledger.thread), clock, Origin("edge", m.UI))
        await attendance.refresh()
        scales = StoredScales(ledger.thread)
        whose = StoredWhose(ledger.thread, settings.site.accession_prefix, settings.site.issuer)
        badges = Badges(reader(settings.badge), attendance, lambda: screens.changed())  # noqa: PLW0108 - made below
        ways = StoredWays(ledger.thread)
        standing = Stand(settings, ledger, ways, clock, lambda: screens.changed())  # noqa: PLW0108 - made below
        consents = Consents(StoredConsents(ledger.thread))
        answers = StoredAnswers(ledger.thread)
        follow = Follow(answers, clock, lambda: screens.changed(), printer=bool(settings.answers.printer))  # noqa: PLW0108 - made below
        appointments = StoredAppointments(ledger.thread)
        diary = Diary(appointments, clock, lambda: screens.changed())  # noqa: PLW0108 - made below
        screens = Screens(settings, ledger, scales, clock, attendance, whose, badges, standing, consents, follow)
        devices = Devices(ledger, clock, wired(settings), provisioned(settings))
        await devices.load()

        def running(live: LiveSamples) -> None:
            if attendance.may(Deed.CHOOSE_RESIDENT):
                server.tell(snapshot.live_trace(live), {m.UI})
            shown = recorder.on_screen
            agreed = consents.of(desk.call.encounter_id)
            if (
                shown
                and live.samples.signal is Signal.ECG
                and sight.open_to_media(desk.call, agreed, shown.encounter.id)
            ):
                server.tell(snapshot.live_trace(live), {m.MEDIA})
            strips.take(live)

        def linked(state: LinkState) -> None:
            strips.linked(state)

        read_code = identity.reader(allow_test=settings.demo)
        recorder = Recorder(ledger, clock, devices, screens.changed, running, linked, read_code)
        strips = Strips(ledger, clock, recorder, screens.changed)

        def to_media(request: m.StillWanted | m.SoundWanted | m.ShowWindows | m.ForSpecialist) -> bool:
            return server.to_media(request)

        links, radio = peripherals(settings, devices)
        device_desk = DeviceDesk(radio, devices, screens.changed)

        def show(said: m.Earlier) -> None:
            server.tell(snapshot.earlier_in_english(said, english), {m.UI})

        def show_page(said: m.AnswerPage) -> None:
            server.tell(said, {m.UI})

        earlier_desk = EarlierDesk(recorder, ledger, ledger, clock, opened, while_seen(attendance, show))
        typing_desk = TypingDesk(recorder, ledger, scales, clock)
        desk = Desk(recorder, ledger, clock, to_media, device_desk, strips, earlier_desk, typing_desk, consents)

        def left(role: str) -> None:
            if role == m.MEDIA:
                desk.media_left()
                screens.changed()
            window_desk.left(role)

        def noted(note: SpecialistNote) -> None:
            desk.call = dataclasses.replace(desk.call, note=note.text, note_by=note.author)

        specialist_desk = SpecialistDesk(
            recorder,
            consents,
            earlier_desk,
            StoredNotes(ledger.thread),
            clock,
            lambda: desk.call,
            desk.take_photo,
            to_media,
            noted,
            desk.handle,
        )
        assign_desk = AssignDesk(recorder, whose, clock, specialist_desk.handle)
        window_desk = WindowDesk(
            recorder, attendance, earlier_desk, clock, lambda: desk.call, to_media, assign_desk.handle
        )
        consent_desk = ConsentDesk(
            recorder,
            consents,
            clock,
            lambda: desk.call,
            desk.consented,
            lambda: attendance.present is not None and attendance.present.member is None,
            window_desk.handle,
        )
        opinion_desk = OpinionDesk(
            recorder, ledger, clock, settings.contact, consents, consent_desk.handle, answers.documents
        )
        printer = printing.way_to(settings.answers.printer)
        seen = while_seen(attendance, show_page, m.ShowAnswer)
        answer_desk = AnswerDesk(recorder, answers, clock, opinion_desk.handle, printer, leaf_of, seen)
        appointment_desk = AppointmentDesk(recorder, appointments, clock, settings.contact, desk, answer_desk.handle)
        standing_desk = StandingDesk(ways, clock, lambda: standing.battery, appointment_desk.handle, standing.turn)
        face_desk = FaceDesk(
            StoredFaces(ledger.thread),
            lambda: not attendance.locked and any(attendance.may(deed) for deed in DEEDS[m.ShowFace]),
            lambda said: server.tell(said, {m.UI}),
            standing_desk.handle,
        )
        at_the_door = AttendanceDesk(attendance, face_desk.handle)
        look_desk = LookDesk(screens.changed, at_the_door.handle)
        screens.look = lambda: look_desk.card
        screens.diary = diary.upon
        serving = Serving(InUse(settings.data), lambda: desk.call, lambda: bool(recorder.live()), look_desk.handle)
        server = DoorServer(settings.door, serving.handle, screens.changed, left)
        await desk.restore()
        async with (
            contextlib.aclosing(device_desk),
            contextlib.aclosing(strips),
            server.open(),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(strips.recover())
            tasks.create_task(screens.keep_publishing(recorder, desk, device_desk, server, strips, window_desk))
            tasks.create_task(window_desk.keep_looking())
            tasks.create_task(keepers.keep_purging(ledger, clock, settings.priors.kept_days))
            tasks.create_task(keepers.keep_files(ledger))
            tasks.create_task(keepers.keep_reports(ledger, clock))
            tasks.create_task(keepers.keep_attendance(attendance, desk, screens.changed))
            tasks.create_task(badges.keep())
            tasks.create_task(serving.keep())
            tasks.create_task(standing.keep())
            tasks.create_task(follow.keep())
            tasks.create_task(keep_escalating(answers, clock))
            tasks.create_task(diary.keep(appointment_desk))
            tasks.create_task(standing.keep_power(strips, attendance))
            tasks.create_task(keepers.keep_staff(attendance, ledger, screens.changed))
            for name, link in links.items():
                tasks.create_task(supervise(link, recorder, name))
            notify.ready()
