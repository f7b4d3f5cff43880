"""Which brackets of Markdown belong together."""

from __future__ import annotations

import re

from .scanner import WAIT, Wait

_BRACKET = re.compile(r"[\[\]\\\n]")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_UNDECIDED = re.compile(r"\n[ \t]*\Z")
# So many brackets are remembered before those that were passed are forgotten.
_KEPT = 8192


class Brackets:
    """Which bracket closes which, within a paragraph. A `[` behind a `!` is never escaped, so wherever one begins to
    read, the same brackets belong together, and each character is read once."""

    def __init__(self) -> None:
        self._offset = 0
        self._next = 0
        """First character that was not read; behind it nothing is known."""
        self._open: list[int] = []
        self._ends: dict[int, tuple[int, bool]] = {}
        """Of an opening bracket: where it is closed, or (False) where the end of the paragraph ends."""

    def placed(self, offset: int) -> None:
        """See `Rule.placed`."""
        self._offset = offset
        if len(self._ends) > _KEPT:
            self._ends = {place: end for place, end in self._ends.items() if place >= offset}
        if len(self._open) > _KEPT:
            self._open = [place for place in self._open if place >= offset]

    def closing(self, text: str, opening: int, stop: int) -> int | Wait | None:
        """The `]` that closes the bracket, before `stop`; None when the paragraph ends before."""
        if self._next <= self._offset + opening:
            self._next = self._offset + opening
            self._open.clear()
        self._read(text, stop)
        end, closed = self._ends.get(self._offset + opening, (self._offset + stop, False))
        if end - self._offset >= stop:
            return WAIT
        return end - self._offset if closed else None

    def _read(self, text: str, stop: int) -> None:
        while (position := self._next - self._offset) < stop:
            found = _BRACKET.search(text, position, stop)
            if found is None:
                self._next = self._offset + stop
                return
            place = self._offset + found.start()
            self._next = place + 1
            if found.group() == "\\":
                self._next = place + 2
            elif found.group() == "[":
                self._open.append(place)
            elif found.group() == "]":
                if self._open:
                    self._ends[self._open.pop()] = (place, True)
            elif blank := _BLANK_LINE.match(text, found.start()):
                for opening in self._open:
                    self._ends[opening] = (self._offset + blank.end() - 1, False)
                self._open.clear()
            elif _LINE_UNDECIDED.match(text, found.start()):
                self._next = place
                return
