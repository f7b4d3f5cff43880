"""What kinds that read answers text by text have in common."""

from __future__ import annotations

import asyncio

from .bodies import Path, TextAt, answer_texts, replaced, without_logprobs
from .guardrail import TextFilter
from .verdict import Assessment, Body, Finding


class TextGuardrail:
    """A guardrail whose judgment of a whole answer is that of its filters, so that streams and answers agree."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message

    async def before(self, request: Body) -> Assessment:
        """Finds nothing; kinds that read requests override it."""
        return Assessment()

    def during(self, *, where: str, stop: bool) -> TextFilter | None:
        """None: answers are not looked at; kinds that read them override it."""
        return None

    async def after(self, answer: Body, *, stop: bool) -> Assessment:
        """Judges every text of an answer."""
        return await self.judge(answer, answer_texts(answer), stop=stop)

    async def judge(self, body: Body, texts: list[TextAt], *, stop: bool) -> Assessment:
        """Sends each text through a filter of its own. `masked` is None when one of them ended early."""
        findings: list[Finding] = []
        changed: dict[Path, str] = {}
        stopped = False
        for text in texts:
            text_filter = self.during(where=text.where, stop=stop)
            if text_filter is None:
                continue
            filtered = await text_filter.feed(text.text, final=True)
            # An answer may hold many short texts: other requests get their turn between two of them.
            await asyncio.sleep(0)
            findings.extend(filtered.findings)
            stopped = stopped or filtered.stopped
            if filtered.text != text.text:
                changed[text.path] = filtered.text
        masked = None
        if findings and not stopped:
            masked = replaced(body, changed)
            if changed:
                without_logprobs(masked)
        return Assessment(tuple(findings), masked, self.message if findings else "")
