"""The D-Bus service org.bluez as BlueZ 5.66 or 5.82 shows it, in front of a bumble central instead of a kernel."""
