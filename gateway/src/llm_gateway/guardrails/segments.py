"""Cuts a text that arrives in pieces into segments that depend on the text alone, and judges each as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .guardrail import Filtered
from .verdict import Finding

SegmentJudge = Callable[[str, int], Awaitable[Filtered]]
"""`(segment, position)`: what to deliver instead of the segment that begins at this character of the text."""


def first_segment(text: str, longest: int, *, final: bool) -> int:
    """Length of the first segment: a line, or as many sentences or words as `longest` holds; 0 while undecided."""
    line = text.find("\n", 0, longest)
    if line >= 0:
        return line + 1
    if len(text) < longest:
        return len(text) if final else 0
    # What is looked for may hold spaces, a telephone number for one; the end of a sentence it does not hold.
    space = max(text.rfind(". ", 1, longest) + 1, 0) or text.rfind(" ", 1, longest)
    return space + 1 if space > 0 else longest


class Segments:
    """A `TextFilter` that delivers a text segment by segment."""

    def __init__(self, judge: SegmentJudge, *, longest: int, lines: bool = True) -> None:
        self._judge = judge
        self._longest = longest
        self._lines = lines
        self._held = ""
        self._position = 0
        self._stopped = False

    async def feed(self, text: str, *, final: bool = False) -> Filtered:
        """See `TextFilter`."""
        if self._stopped:
            return Filtered(stopped=True)
        self._held += text
        pieces: list[str] = []
        findings: list[Finding] = []
        while self._held and (length := self._first(final)):
            segment, self._held = self._held[:length], self._held[length:]
            filtered = await self._judge(segment, self._position)
            self._position += length
            pieces.append(filtered.text)
            findings.extend(filtered.findings)
            if filtered.stopped:
                self._stopped = True
                self._held = ""
                return Filtered("".join(pieces), tuple(findings), stopped=True)
        return Filtered("".join(pieces), tuple(findings))

    def _first(self, final: bool) -> int:
        if self._lines:
            return first_segment(self._held, self._longest, final=final)
        return self._longest if len(self._held) >= self._longest else len(self._held) if final else 0
