"""Server-sent events: how answers come as streams."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

DONE = b"data: [DONE]\n\n"

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""An engine that never ends an event would fill the memory."""


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any] | None]:
    """The JSON objects of a stream, and None for `[DONE]`. Comments and keep-alives are left out."""
    buffer = b""
    async for chunk in chunks:
        buffer += chunk
        *blocks, buffer = _BLANK_LINE.split(buffer)
        for block in blocks:
            for event in _event(block):
                yield event
        if len(buffer) > MAX_EVENT_BYTES:
            raise ValueError("an event of the stream is too long")
    for event in _event(buffer):
        yield event


def _event(block: bytes) -> list[dict[str, Any] | None]:
    data = b"\n".join(line[5:].strip() for line in block.splitlines() if line.startswith(b"data:"))
    if not data:
        return []
    if data == b"[DONE]":
        return [None]
    parsed = json.loads(data)
    return [parsed] if isinstance(parsed, dict) else []


def encode(event: dict[str, Any]) -> bytes:
    """One event as it is sent; those of /v1/responses carry their type as the event's name."""
    data = b"data: " + json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
    name = event.get("type")
    return f"event: {name}\n".encode() + data if isinstance(name, str) and re.fullmatch(r"[a-z._]+", name) else data
