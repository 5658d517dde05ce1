"""The clips of sound that edge asks for."""

from __future__ import annotations

import structlog

from drivers.link.audio import SAMPLES_HZ, clip
from edge.domain.fault import Fault
from edge.domain.sound import SoundSite
from edge.door import messages as m
from edge.settings import Sound

log = structlog.get_logger()

_MISSING = {
    SoundSite.STETHOSCOPE: "aucun stéthoscope n'est réglé sur cette borne",
    SoundSite.VOICE: "aucun micro n'est réglé sur cette borne",
}


class Sounds:
    """Every sound source of the cart. Each is open only while it records."""

    def __init__(self, settings: Sound) -> None:
        self._by_site = {SoundSite.STETHOSCOPE: settings.stethoscope, SoundSite.VOICE: settings.microphone}

    async def record(self, wanted: m.SoundWanted) -> m.SubmitSound | m.SoundFailed:
        """The answer, whatever happens: the nurse waits for it."""
        try:
            site = SoundSite(wanted.source)
            source = self._by_site[site]
            if not source:
                return m.SoundFailed(request_id=wanted.request_id, what=_MISSING[site])
            pcm = await clip(source, wanted.seconds)
        except Fault as fault:
            log.warning("no_sound", reason=fault.reason.value, what=fault.what)
            what = "l'appareil ne donne pas de son, vérifiez son câble"
            return m.SoundFailed(request_id=wanted.request_id, what=what)
        except Exception:  # a defect must not leave the nurse waiting for a sound
            log.exception("sound_defect")
            return m.SoundFailed(request_id=wanted.request_id, what="l'enregistrement a fait défaut, recommencez")
        if not any(pcm):
            # a live input has noise in its last bit: nothing at all is a dead one
            log.warning("sound_dead", source=site.value)
            what = "aucun son ne vient de l'appareil, vérifiez qu'il est allumé et branché"
            return m.SoundFailed(request_id=wanted.request_id, what=what)
        return m.SubmitSound(request_id=wanted.request_id, pcm=pcm, hertz=SAMPLES_HZ)
