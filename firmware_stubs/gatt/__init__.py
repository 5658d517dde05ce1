"""Simulated Bluetooth LE medical devices: GATT servers with arithmetic of their own."""
