"""Bar-code readers that present themselves as a serial port (USB CDC), set to end each code with CR or LF."""

from __future__ import annotations

from drivers.codec.barcode import BarcodeReader
from drivers.models.model import SerialModel, SerialSettings, Sure

BARCODE_READER = SerialModel(
    name="barcode-reader",
    label="Lecteur de codes",
    label_en="Bar-code reader",
    facts=(
        "makers' manuals: USB CDC, one symbol a line; keyboard mode can lose the control signs of an INS Datamatrix;"
        " ISO/IEC 15434 for the signs, ISO/IEC 18004 table 1 for the length"
    ),
    sure=Sure.CONFIRMED,
    line=SerialSettings(baud=9600),
    continuous=False,
    decoder=BarcodeReader,
)
