"""The audit log: one line of JSON a call. Prompts are in it only where the tenant opted in."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from .call import Call, End
from .usage import Usage


class AuditLog:
    """Writes lines to a stream, by default the standard output, from which the log collector takes them."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout

    def write(self, line: dict[str, Any]) -> None:
        """Writes one line. Each is flushed: what was not written cannot be summed."""
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)
        # Half a character, as an upstream may send it, becomes the escape that it is in JSON too.
        self._output.write(text.encode(errors="backslashreplace").decode() + "\n")
        self._output.flush()


def audit_line(call: Call, usage: Usage, micro_usd: int) -> dict[str, Any]:
    """What is written of a call. Field names are a contract with the table over the log."""
    fallback = call.model is not None and call.answered_by is not None and call.answered_by.name != call.model.name
    line: dict[str, Any] = {
        "log": "audit",
        "time": datetime.fromtimestamp(call.started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestId": call.id,
        "tenant": call.tenant.name,
        "key": call.key,
        "route": call.route,
        "model": call.model.name if call.model else None,
        "answeredBy": call.answered_by.name if call.answered_by and call.end is not End.REFUSED else None,
        "attempts": len(call.attempts),
        "fallback": fallback,
        "revision": call.revision,
        "status": call.status,
        "end": str(call.end),
        "reason": call.reason,
        "stream": call.stream,
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "tokensGuessed": usage.guessed,
        "costMicroUsd": micro_usd,
        "reservedMicroUsd": call.reservation.micro_usd if call.reservation else 0,
        "cache": "hit" if call.cache_hit else "off" if call.tenant.cache == "none" else "miss",
        "verdicts": call.verdicts,
        "durationMs": round(call.elapsed() * 1000),
        "firstOutputMs": None if call.first_output_seconds is None else round(call.first_output_seconds * 1000),
    }
    if call.tenant.prompt_logging:
        # The body as the guardrails left it: what they masked is masked here too.
        line["request"] = call.body
        line["answer"] = call.answer
    return line
