"""The English words about still pictures."""

from __future__ import annotations


class EnglishStills:
    still_impossible = "This screen cannot show pictures."
    still_coming = "The picture is on its way…"
    still_drawing = "The picture is being drawn…"
    still_undrawable = "This picture cannot be drawn here. It is kept."
    still_close = "BACK"
    still_again = "TAKE AGAIN"
    still_opinion = "SEND FOR AN OPINION"
    still_open = "SEE THE ECG"
    still_gain = "{} mm/s\n{} mm/mV"
    still_span = "{} to {} s\npage {} / {} ▸"
    still_scale = "{} mm/s · {} mm/mV"
    still_true = "true scale"
    still_not_true = "scale not guaranteed: size of the display not set"
    still_in_window = "scale not guaranteed: picture in a window"
    still_filters = "not filtered by the cart; the device does not tell its own filters"
    still_ecg_of = "{} · {}"
    still_absent = "not recorded"
    still_unscaled = "no scale, not drawn"
    still_outside = "the trace leaves the paper: {}"
    still_now = "now"
    still_full = "FULL SIZE"
