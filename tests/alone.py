"""What failed among many is tried again alone: ``python -m tests.alone`` after a run of pytest that ended with 1.

A machine that runs eight tests at once starves one of them now and then. At most ``MOST`` tests may have failed, none of
them one that proves a control of a hazard or threat, and each has to pass alone ``TIMES`` times in a row; then they are
named as unsteady, for someone to mend, and the run counts as passed. Anything else stays a failure.

``python -m tests.alone --controls-off`` after a run with every control off: there a test passes that notices its control
missing, and one that raced past it among many has to notice it alone ``TIMES`` times in a row.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST = 3
TIMES = 3
FAILED = Path(".pytest_cache/v/cache/lastfailed")
NOTHING_COLLECTED = 5
CONTROLS_OFF = "--controls-off"


def main() -> int:
    failed = sorted(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else []
    if not 0 < len(failed) <= MOST or not all("::" in each for each in failed):
        return 1
    options = [each for each in sys.argv[1:] if each == CONTROLS_OFF]
    if not options and _pytest("--collect-only", "-m", "hazard", *failed) != NOTHING_COLLECTED:
        print("tests: a test of a hazard failed, which is not tried again")
        return 1
    for _ in range(TIMES):
        if _pytest(*options, *failed):
            return 1
    for each in failed:
        print(f"tests: unsteady, failed among many and passed alone {TIMES} times: {each}")
    return 0


def _pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
