"""Bluetooth LE through BlueZ: every device around the cart (Peripherals), and what an admin does with them (Radio)."""

from drivers.link.ble.peripherals import BlePeripherals
from drivers.link.ble.times import Times
from drivers.link.ble.words import ADAPTER

__all__ = ["ADAPTER", "BlePeripherals", "Times"]
