"""The examples of docs/exchange.md are what the cart would send."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firmware_stubs import fhir_rules
from tests import fhir_profiles

DOCUMENT = Path(__file__).parents[2] / "docs" / "exchange.md"
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)]
RESOURCES = [one for one in EXAMPLES if one.get("resourceType") in fhir_rules.RESOURCES]


def test_there_is_one_of_each() -> None:
    assert {"Patient", "Observation", "Binary", "DocumentReference"} <= {one["resourceType"] for one in RESOURCES}


@pytest.mark.parametrize("example", RESOURCES, ids=lambda one: one["resourceType"])
def test_an_example_is_valid(example: dict[str, Any]) -> None:
    assert list(fhir_rules.issues(example)) == []
    assert fhir_profiles.broken(example) == []
