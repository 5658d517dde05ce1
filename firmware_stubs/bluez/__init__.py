"""The D-Bus service org.bluez as BlueZ 5.66 shows it, in front of a bumble central instead of a kernel."""
