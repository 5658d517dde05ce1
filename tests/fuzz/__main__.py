"""`make fuzz`: every target for a while, under a coverage-guided fuzzer (libFuzzer, through atheris).

``python -m tests.fuzz [--seconds N] [NAME...]`` runs each target in a process of its own, four at a time, and prints one
line a target: how often it ran, how many branches it reached. It exits 1 when one broke its contract, and prints the input.
``python -m tests.fuzz --one NAME CORPUS ARGUMENTS...`` is that process.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MEGABYTES = 1024
INPUT_SECONDS = 10
LONGEST = 16_384


def one(name: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["drivers", "edge"], enable_loader_override=False):
        from tests.fuzz.targets import targets

        target = targets()[name]
    if name == "planted":
        # the others lead into instrumented modules; this one is no decoder of theirs
        target = atheris.instrument_func(target)
    atheris.Setup([name, *arguments], target)
    atheris.Fuzz()


def fuzz(name: str, seconds: float, folder: Path) -> tuple[str, bool, str]:
    """(name, whether it held, what is to be said)."""
    from tests.fuzz.targets import seeds

    corpus = folder / name
    corpus.mkdir()
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "tests.fuzz", "--one", name, str(corpus)]
    command += [f"-max_total_time={max(1, round(seconds))}", f"-rss_limit_mb={MEGABYTES}", f"-timeout={INPUT_SECONDS}"]
    command += [f"-max_len={LONGEST}", "-print_final_stats=1", f"-artifact_prefix={folder}/{name}-"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    ran = re.search(r"number_of_executed_units:\s*(\d+)", said)
    reached = re.findall(r"cov: (\d+)", said)
    if done.returncode == 0 and ran and reached:
        return name, True, f"{int(ran[1]):>9} runs, {reached[-1]:>5} branches"
    culprit = next(iter(sorted(folder.glob(f"{name}-*"))), None)
    raw = culprit.read_bytes().hex() if culprit else ""
    trace = re.findall(r"^(?:\w+\.)*\w*(?:Error|Defect|Exception|Fault)\b.*$", said, re.MULTILINE)
    return name, False, f"{trace[-1] if trace else said.strip().splitlines()[-1]}\n    input {raw}"


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each target")
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    from tests.fuzz.targets import targets

    names = asked.names or [name for name in targets() if name != "planted"]
    held = True
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(fuzz, name, asked.seconds, Path(folder)) for name in names]:
            name, good, what = done.result()
            held = held and good
            print(f"{name:18} {'held' if good else 'BROKE'}  {what}", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
