"""Which links a cart has: Bluetooth, serial lines, the recorder's folder, as its settings say."""

from __future__ import annotations

from collections.abc import Sequence

from drivers import catalog
from drivers.link.ble import BlePeripherals
from drivers.link.folder import RecorderFolder
from drivers.link.serial_port import SerialPeripheral
from edge.domain.appliance import Appliance
from edge.domain.fault import Fault, Reason
from edge.domain.measurement import Device
from edge.domain.ports import DeviceBook, Peripherals, Radio
from edge.settings import Settings

RECORDER = Device("recorder-folder", "ecg-recorder", "ECG")


def wired(settings: Settings) -> frozenset[str]:
    """The ids of devices that come by cable or as files: whoever may reach them stands at the cart."""
    return frozenset({RECORDER.id, *(line.port for line in settings.serial)})


def provisioned(settings: Settings) -> Sequence[Appliance]:
    """Devices that the settings name. Raises Fault(SETTINGS) for a model that the catalog does not know."""
    models = {model.name: model for model in catalog.BLE}
    found = []
    for device in settings.device:
        if device.model not in models:
            raise Fault(Reason.SETTINGS, f"no Bluetooth device is called {device.model}", "see telecart models")
        user = None if device.user is None or device.consent is None else (device.user, device.consent)
        label = models[device.model].label
        found.append(Appliance(device.id.upper(), device.model, label, device.serial_number, user=user))
    return found


def peripherals(settings: Settings, book: DeviceBook) -> tuple[dict[str, Peripherals], Radio | None]:
    """Every link of this cart by name, and its radio. Raises Fault(SETTINGS) for a model that the catalog does not know."""
    links: dict[str, Peripherals] = {}
    radio: BlePeripherals | None = None
    if settings.bluetooth:
        radio = BlePeripherals(catalog.BLE, settings.bluetooth_adapter or None, book=book)
        links["bluetooth"] = radio
    by_name = {model.name: model for model in catalog.SERIAL}
    for line in settings.serial:
        if line.model not in by_name:
            raise Fault(Reason.SETTINGS, f"no serial device is called {line.model}", "see telecart models")
        links[line.port] = SerialPeripheral(line.port, by_name[line.model], book=book)
    if settings.recorder_folder is not None:
        links["recorder"] = RecorderFolder(settings.recorder_folder, catalog.recording, RECORDER)
    return links, radio
