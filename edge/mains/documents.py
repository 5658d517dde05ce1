"""`telecart import FILE.pdf --as ROLE`: what the site has on paper of a resident, for requests for an opinion."""

from __future__ import annotations

from pathlib import Path

from edge.domain.dossier import LARGEST, DocumentRole
from edge.domain.fault import Fault, Reason
from edge.mains.actor import of_process
from edge.mains.clock import SystemClock
from edge.mains.places import own_store
from edge.settings import Settings
from edge.store.keeping.documents import Documents


async def bring_in(settings: Settings, file: Path, patient_id: str, role: DocumentRole) -> bool:
    """False where it is here already. Raises Fault."""
    try:
        with file.open("rb") as opened:
            pdf = opened.read(LARGEST + 1)
    except OSError as exc:
        what = f"the file cannot be read: {exc.strerror}"
        raise Fault(Reason.CORRUPT_FILE, what, "check its name and rights") from exc
    if not pdf.startswith(b"%PDF-"):
        raise Fault(Reason.CORRUPT_FILE, "the file is no PDF", "bring in a PDF with --as, anything else without it")
    if len(pdf) > LARGEST:
        raise Fault(
            Reason.CORRUPT_FILE, f"the file is larger than {LARGEST // 1024 // 1024} MiB", "bring in a smaller one"
        )
    by = of_process("import", "telecart import")
    async with own_store(settings, by) as ledger:
        await ledger.thread.admit(len(pdf))
        now = SystemClock().now()
        return await ledger.thread.run(lambda s: Documents(s.database, s.blobs).put(patient_id, role, pdf, now, by))
