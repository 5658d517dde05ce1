"""A program that writes to a FHIR server and keeps nothing: how fast the server itself takes what it is given."""

from __future__ import annotations

import json
import time
import uuid

import aiohttp


async def put_one_after_another(url: str, count: int) -> float:
    """Seconds for ``count`` small resources. Raises aiohttp.ClientError."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        begun = time.monotonic()
        for number in range(count):
            name = str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))
            body = json.dumps(
                {"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": "cmVhZGluZw=="}
            )
            headers = {"Content-Type": "application/fhir+json"}
            async with session.put(f"{url}/Binary/{name}", data=body, headers=headers) as answer:
                await answer.read()
        return time.monotonic() - begun
