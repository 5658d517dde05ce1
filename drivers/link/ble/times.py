"""How long the Bluetooth link waits for what, in seconds."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Times:
    """``watchdog`` is how long a scan may hear nothing before it starts anew (bluez issue 807), ``answer`` how long BlueZ
    may take to answer a call that needs no device; the others bound what a device takes part in. ``read`` and ``reads``
    bound one characteristic and all that a device says of itself: BlueZ keeps a read that needs a bond for over 25 s.

    ``back_off`` is the pause before each further try, of the adapter or of one device; the last one repeats.
    ``agent`` is how often our agent asks to be the default again, ``restart_again`` how often at most bluetoothd is
    restarted by us.
    """

    watchdog: float = 5.0
    answer: float = 4.0
    connect: float = 20.0
    subscribe: float = 10.0
    leave: float = 5.0
    write: float = 5.0
    read: float = 2.0
    reads: float = 8.0
    pair: float = 90.0
    find: float = 12.0
    agent: float = 10.0
    back_off: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
    restart_again: float = 600.0

    def pause(self, failures: int) -> float:
        return self.back_off[min(failures, len(self.back_off)) - 1]
