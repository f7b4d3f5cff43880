"""Finds patterns in a text that arrives in pieces, and holds back no more than what may still become one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .guardrail import Filtered
from .verdict import Finding, Severity


@dataclass(frozen=True)
class Hit:
    """A pattern, from where it was looked for to `end`."""

    end: int
    kind: str
    replacement: str
    stops: bool


class Wait:
    """What follows decides."""


WAIT = Wait()

Judge = Callable[[str, int, bool], Hit | Wait | None]
"""`(text, start, final)`: is there a pattern at `start`? None: no. An answer other than `WAIT` must stay the
same whatever follows, and `WAIT` may not be given when `final`, nor for longer than `Rule.longest` characters."""


@dataclass(frozen=True)
class Rule:
    """A pattern, and the words that it begins with."""

    triggers: tuple[str, ...]
    """Where none of them is, `judge` is not asked. Case is ignored."""
    judge: Judge
    longest: int
    """Characters after which `judge` has decided."""
    placed: Callable[[int], None] | None = None
    """Told, before each pass, which character of the whole text the first of the judge's `text` is: a judge that
    remembers places needs it."""


class Scanner:
    """Replaces what rules find. At one place the rule that is first in the list wins."""

    # A rule may look at this many characters before its start (for boundaries of words).
    _CONTEXT = 1
    # Characters between which other requests go on. The dearest ones cost some 20 microseconds each.
    _TURN = 1024

    def __init__(self, rules: Sequence[Rule], *, where: str, stop: bool, max_characters: int | None = None) -> None:
        """`max_characters`: a text that has more ends there, as found; None is no limit."""
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            lowered = Rule(tuple(trigger.lower() for trigger in rule.triggers), rule.judge, rule.longest)
            for first in dict.fromkeys(trigger[0] for trigger in lowered.triggers):
                self._rules.setdefault(first, []).append(lowered)
        self._placed = [rule.placed for rule in rules if rule.placed is not None]
        self._longest = max((len(trigger) for rule in rules for trigger in rule.triggers), default=0)
        self._max_characters = max_characters
        self._read = 0
        """Characters that came in."""
        self._where = where
        self._stop = stop
        self._trigger = _compiled(tuple(trigger for rule in rules for trigger in rule.triggers))
        self._context = ""
        self._held = ""
        self._position = 0
        """Of the first held character, in the whole text."""
        self._stopped = False

    async def feed(self, text: str, *, final: bool = False) -> Filtered:
        """See `TextFilter`. Nothing comes out after the text was stopped. Others get their turn in a long text."""
        turns = range(0, len(text), self._TURN)
        if len(turns) < 2:
            return self.scan(text, final=final)
        pieces: list[str] = []
        findings: list[Finding] = []
        for start in turns:
            last = start == turns[-1]
            filtered = self.scan(text[start : start + self._TURN], final=final and last)
            pieces.append(filtered.text)
            findings.extend(filtered.findings)
            if filtered.stopped:
                return Filtered("".join(pieces), tuple(findings), stopped=True)
            if not last:
                await asyncio.sleep(0)
        return Filtered("".join(pieces), tuple(findings))

    def scan(self, text: str, *, final: bool) -> Filtered:
        """The same, without waiting."""
        if self._stopped:
            return Filtered(stopped=True)
        room = len(text) if self._max_characters is None else self._max_characters - self._read
        if len(text) > room:
            filtered = self._scan(text[:room], final=False)
            if filtered.stopped:
                return filtered
            # What is too long to be looked through does not pass, nor what was held back of it.
            self._stopped = True
            self._held = ""
            too_long = Finding("TOO_LONG", self._where, self._max_characters)
            return Filtered(filtered.text, (*filtered.findings, too_long), stopped=True)
        self._read += len(text)
        return self._scan(text, final=final)

    def _scan(self, text: str, *, final: bool) -> Filtered:
        buffer = self._context + self._held + text
        offset = self._position - len(self._context)
        position = len(self._context)
        for placed in self._placed:
            placed(offset)
        pieces: list[str] = []
        findings: list[Finding] = []
        while position < len(buffer):
            trigger = self._trigger.search(buffer, position)
            if trigger is None:
                pieces.append(buffer[position:])
                position = len(buffer)
                break
            pieces.append(buffer[position : trigger.start()])
            position = trigger.start()
            decision = self._decide(buffer, position, final)
            if decision is None:
                pieces.append(buffer[position])
                position += 1
            elif isinstance(decision, Hit):
                findings.append(
                    Finding(
                        decision.kind,
                        self._where,
                        offset + position,
                        offset + decision.end,
                        severity=Severity.STOP if decision.stops else Severity.DISARM,
                    )
                )
                if self._stop and decision.stops:
                    self._stopped = True
                    self._held = ""
                    return Filtered("".join(pieces), tuple(findings), stopped=True)
                pieces.append(decision.replacement)
                position = decision.end
                # What comes next follows what was put here: a secret right behind another one begins a word too.
                buffer = buffer[: position - 1] + decision.replacement[-1] + buffer[position:]
            else:
                break
        self._context = buffer[max(0, position - self._CONTEXT) : position]
        self._held = buffer[position:]
        self._position = offset + position
        return Filtered("".join(pieces), tuple(findings))

    def _decide(self, buffer: str, start: int, final: bool) -> Hit | Wait | None:
        rest = len(buffer) - start
        here = buffer[start : start + self._longest].lower()
        for rule in self._rules.get(here[:1], ()):
            if here.startswith(rule.triggers):
                decision = rule.judge(buffer, start, final)
                if isinstance(decision, Wait) and (final or rest > rule.longest):
                    raise AssertionError(
                        f"a rule for {rule.triggers[0]!r} did not decide within {rule.longest} characters"
                    )
                if decision is not None:
                    return decision
            elif not final and any(trigger.startswith(here) for trigger in rule.triggers):
                return WAIT
        return None


def _compiled(triggers: tuple[str, ...]) -> re.Pattern[str]:
    """Finds where one of the triggers begins, also one that the end of the text cuts."""
    return re.compile(
        "|".join(_prefixes(trigger) for trigger in dict.fromkeys(triggers)) or r"(?!)", re.IGNORECASE | re.ASCII
    )


def _prefixes(trigger: str) -> str:
    pattern = ""
    for character in reversed(trigger):
        pattern = re.escape(character) + (f"(?:{pattern}|\\Z)" if pattern else "")
    return pattern
