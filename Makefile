# Every target does its own set-up: `.venv` from uv.lock, and the Debian packages it needs where apt may bring them.
SHELL := /bin/bash
BIN := .venv/bin

# each of the many processes of the tests would compile every module anew
unexport PYTHONDONTWRITEBYTECODE
# most integration tests wait for a line or a link: more workers than cores
WORKERS := -n $(shell echo $$((2 * $$(nproc)))) --dist loadgroup
# a test that ran out of time on a busy machine is tried once more, and counted as such
AGAIN := --reruns 1 --reruns-delay 5 --only-rerun 'TimeoutError:' --only-rerun 'TimeoutExpired:' --only-rerun 'Failed: Timeout'

.PHONY: demo test check lint controls setup setup-test setup-conformance setup-bench-call screenshots hazards faults fuzz bench bench-call bench-fleet conformance clean

demo: setup
	@$(BIN)/telecart demo $(ARGS)

test: setup-test
	$(BIN)/pytest $(WORKERS) $(AGAIN) || { [ $$? = 1 ] && $(BIN)/python -m tests.alone; }

lint: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: lint
	$(BIN)/pytest $(WORKERS) $(AGAIN) -m "not slow" -q

hazards: setup-test
	$(BIN)/pytest -n auto $(AGAIN) -m hazard -q
	@$(MAKE) controls

# each test of a hazard or threat with its control off: it has to fail
controls: setup-test
	$(BIN)/pytest -n auto -m hazard -q --controls-off --tb=line || { [ $$? = 1 ] && $(BIN)/python -m tests.alone --controls-off; }

faults: setup-test
	TELECART_CUTS=1000 TELECART_KILLS=300 TELECART_FORKED_KILLS=600 TELECART_SYNC_KILLS=300 $(BIN)/pytest -q -s tests/faults
	TELECART_FLIPS=400 $(BIN)/pytest $(WORKERS) -q tests/integration/test_store_faults_damage.py
	TELECART_SENDING=long $(BIN)/pytest $(WORKERS) -q tests/integration/test_sending_*.py

# our org.bluez against a real kernel and bluetoothd in a QEMU machine (no KVM, no root); the bedside screen in foot under labwc
# with a finger (Debian 13 in a root of its own: needs root); images are kept in build/
conformance: setup-conformance
	$(BIN)/pytest -q -s -m "" tests/conformance

fuzz: setup-test
	$(BIN)/python -m tests.fuzz $(ARGS)

bench: setup
	@$(BIN)/telecart bench $(ARGS)

# a call over thin lines in real Chromium, beside aiortc as it is and Chromium itself (docs/bench-call.md); needs root
bench-call: setup-bench-call
	@$(BIN)/python -m tests.call.bench $(ARGS)

# what an update costs on the line and on the disk, with the wheels of uv.lock (docs/updates.md)
bench-fleet: setup-test
	@$(BIN)/python -m tests.fleet.bench $(ARGS)

screenshots: setup-test
	$(BIN)/python -m tests.pictures docs/pictures

setup:
	@.ci/setup run

setup-test:
	@.ci/setup test

setup-conformance:
	@.ci/setup conformance

setup-bench-call:
	@.ci/setup bench-call

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache
