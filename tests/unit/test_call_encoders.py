"""Encoders of the call: what leaves them, measured in bytes."""

from __future__ import annotations

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload

from sync.consult.sound.opus import SAMPLES_HZ, Meant, Opus, Shape
from sync.consult.sound.voice import level
from sync.consult.video.encoders import CLOCK_HZ, X264, Ceiling, Encoder, Unit, Vp8, ceiling_for
from sync.consult.video.payloads import Cutter, of_codec

_CEILING = Ceiling(3_000_000, 500_000)
_WIDTH, _HEIGHT = 480, 270
_SCENE = np.random.default_rng(7).integers(16, 235, (_HEIGHT + 128, _WIDTH + 128), np.uint8)


def picture(number: int) -> av.VideoFrame:
    """A rough scene under a camera that moves: there is more to say than any rate of the test allows."""
    at = (7 * number) % 128
    rows = np.full((_HEIGHT * 3 // 2, _WIDTH), 128, np.uint8)
    rows[:_HEIGHT] = _SCENE[at : at + _HEIGHT, 127 - at : 127 - at + _WIDTH]
    frame = av.VideoFrame.from_ndarray(rows, format="yuv420p")
    frame.pts = number * CLOCK_HZ // 30
    return frame


def encoded(encoder: Encoder, first: int, count: int) -> list[Unit]:
    return [unit for i in range(first, first + count) for unit in encoder.encode(picture(i), key=False)]


def test_h264_follows_a_rate_that_changes_while_it_runs_without_a_key_frame() -> None:
    encoder = X264(_WIDTH, _HEIGHT, 3_000_000, _CEILING)
    encoded(encoder, 0, 30)
    for at, bits in enumerate((3_000_000, 1_000_000, 400_000, 1_000_000, 2_500_000)):
        encoder.bit_rate = bits
        first = 30 + 90 * at
        encoded(encoder, first, 30)
        settled = encoded(encoder, first + 30, 60)
        left = 8 * sum(len(unit.data) for unit in settled) / 2
        assert 0.5 * bits < left < 1.5 * bits
        assert not any(unit.key for unit in settled)


def test_h264_never_goes_above_the_ceiling_it_was_opened_with() -> None:
    encoder = X264(_WIDTH, _HEIGHT, 300_000, Ceiling(400_000, 70_000))
    encoder.bit_rate = 3_000_000
    assert encoder.bit_rate == 400_000
    left = 8 * sum(len(unit.data) for unit in encoded(encoder, 0, 90)) / 3
    assert left < 700_000


def test_vp8_is_made_anew_for_a_rate_that_differs_much_and_only_then() -> None:
    encoder = Vp8(_WIDTH, _HEIGHT, 1_000_000, _CEILING)
    assert encoded(encoder, 0, 1)[0].key
    encoder.bit_rate = 900_000
    assert not encoded(encoder, 1, 1)[0].key
    assert encoder.rebuilt == 0
    encoder.bit_rate = 300_000
    assert encoded(encoder, 2, 1)[0].key
    assert encoder.rebuilt == 1


@pytest.mark.parametrize("name", ["H264", "VP8"])
def test_a_key_frame_comes_when_it_is_asked_for(name: str) -> None:
    maker, _cutter = of_codec(name)
    encoder = maker(_WIDTH, _HEIGHT, 1_000_000, _CEILING)
    encoded(encoder, 0, 5)
    (asked,) = encoder.encode(picture(5), key=True)
    assert asked.key
    assert not encoded(encoder, 6, 1)[0].key


@pytest.mark.parametrize(("name", "decoder"), [("H264", "h264"), ("VP8", "vp8")])
def test_whoever_begins_at_a_key_frame_sees_the_picture(name: str, decoder: str) -> None:
    maker, cutter = of_codec(name)
    encoder = maker(_WIDTH, _HEIGHT, 2_500_000, _CEILING)
    encoded(encoder, 0, 5)
    (unit,) = encoder.encode(picture(5), key=True)
    depayload = h264_depayload if name == "H264" else vp8_depayload
    payloads = cutter.cut(unit)
    assert len(payloads) > 1
    assert all(len(payload) <= 1300 for payload in payloads)
    codec = av.CodecContext.create(decoder, "r")
    frames = codec.decode(av.Packet(b"".join(depayload(p) for p in payloads))) + codec.decode(None)
    assert [(frame.width, frame.height) for frame in frames] == [(_WIDTH, _HEIGHT)]
    seen = frames[0].to_ndarray(format="yuv420p")[:_HEIGHT].astype(int)
    meant = picture(5).to_ndarray()[:_HEIGHT].astype(int)
    assert np.corrcoef(seen.ravel(), meant.ravel())[0, 1] > 0.5


def test_another_codec_is_refused() -> None:
    with pytest.raises(ValueError, match="AV1"):
        of_codec("AV1")


def test_the_smaller_the_picture_the_shorter_its_key_frame_blocks_the_line() -> None:
    buffers = [ceiling_for(height, 3_000_000).buffer for height in (1080, 720, 480, 360, 240)]
    assert buffers == sorted(buffers, reverse=True)


def _spoken(milliseconds: int, number: int) -> bytes:
    count = SAMPLES_HZ * milliseconds // 1000
    at = (np.arange(count) + number * count) / SAMPLES_HZ
    wave = 9000 * np.sin(2 * np.pi * 170 * at) * (1 + np.sin(2 * np.pi * 4 * at)) / 2
    rough = np.random.default_rng(number).normal(0, 900, count)
    return bytes((wave + rough).astype(np.int16).tobytes())


@pytest.mark.parametrize(
    "shape",
    [Shape(32_000, 20, 5), Shape(16_000, 40, 15), Shape(12_000, 60, 20)],
)
def test_a_voice_takes_what_it_was_given(shape: Shape) -> None:
    opus = Opus(Meant.VOICE, shape)
    packets = [opus.encode(_spoken(shape.milliseconds, i)) for i in range(60)]
    bits = 8 * sum(len(packet) for packet in packets) * 1000 / (60 * shape.milliseconds)
    assert 0.4 * shape.bits < bits < 1.2 * shape.bits
    assert all(_milliseconds(packet) == shape.milliseconds for packet in packets)
    # RFC 6716, 3.1: the third bit of the first byte is stereo
    assert not any(packet[0] & 0x04 for packet in packets)


def _milliseconds(packet: bytes) -> float:
    """RFC 6716, 3.1 and 3.2."""
    configuration = packet[0] >> 3
    frames = (1, 2, 2, packet[1] & 0x3F)[packet[0] & 3]
    if configuration < 12:
        return frames * (10, 20, 40, 60)[configuration % 4]
    if configuration < 16:
        return frames * (10, 20)[configuration % 2]
    return frames * (2.5, 5, 10, 20)[configuration % 4]


def test_a_voice_carries_the_packet_before_and_a_stethoscope_does_not() -> None:
    shape = Shape(24_000, 20, 20)
    voice, heart = Opus(Meant.VOICE, shape), Opus(Meant.STETHOSCOPE, shape)
    spoken = [_spoken(20, i) for i in range(50)]
    assert any(_repeats(voice.encode(samples)) for samples in spoken)
    assert not any(_repeats(heart.encode(samples)) for samples in spoken)


def _repeats(packet: bytes) -> bool:
    """The LBRR flag of a mono SILK packet: the bit after those of speech, one for each 20 ms (RFC 6716, 4.2.3)."""
    return packet[0] >> 3 < 16 and bool(packet[1] & 0x40)


def test_a_voice_changes_its_shape_within_a_stream_that_any_decoder_follows() -> None:
    opus = Opus(Meant.VOICE, Shape(32_000, 20))
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate = SAMPLES_HZ
    samples = 0
    for number, shape in enumerate((Shape(32_000, 20), Shape(12_000, 60), Shape(16_000, 40), Shape(24_000, 20))):
        opus.shape = shape
        frames = decoder.decode(av.Packet(opus.encode(_spoken(shape.milliseconds, number))))
        samples += sum(frame.samples for frame in frames)
    assert samples == SAMPLES_HZ * (20 + 60 + 40 + 20) // 1000


def test_sound_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="samples"):
        Opus(Meant.VOICE, Shape(12_000)).encode(bytes(10))


def test_the_level_of_silence_and_of_the_loudest() -> None:
    assert level(bytes(1920)) == 127
    assert level(np.full(960, -32768, np.int16).tobytes()) == 0


def test_the_cutter_numbers_the_pictures_of_vp8() -> None:
    _maker, cutter = of_codec("VP8")
    assert isinstance(cutter, Cutter)
    numbers = [cutter.cut(Unit(b"\x10" * 20, False, i))[0][2:4] for i in range(2)]
    assert numbers[0] != numbers[1]
