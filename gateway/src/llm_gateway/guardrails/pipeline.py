"""One text on its way through all guardrails that read answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from .guardrail import Guardrail, TextFilter
from .verdict import Action, Finding, Outcome, Severity, Verdict


@dataclass(frozen=True)
class Guard:
    """A guardrail, and what a tenant wants done about what it finds."""

    guardrail: Guardrail
    action: Action


@dataclass
class Record:
    """What was found so far, guardrail by guardrail."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    def note(self, rule: str, findings: tuple[Finding, ...], outcome: Outcome, message: str = "") -> None:
        """Adds findings; the heaviest outcome stays."""
        if not findings:
            return
        self.findings.setdefault(rule, []).extend(findings)
        order = list(Outcome)
        before = self.outcomes.get(rule, Outcome.PASS)
        self.outcomes[rule] = max(before, outcome, key=order.index)
        self.messages[rule] = message or self.messages.get(rule, "")

    def verdict(self) -> Verdict:
        """One verdict: that of the heaviest outcome, with all findings."""
        parts = tuple(
            Verdict(self.outcomes[rule], rule, self.messages[rule], tuple(findings))
            for rule, findings in self.findings.items()
        )
        if not parts:
            return Verdict()
        order = list(Outcome)
        decisive = max(parts, key=lambda part: order.index(part.action))
        message = decisive.message if decisive.action == Outcome.BLOCK else ""
        findings = tuple(finding for part in parts for finding in part.findings)
        return Verdict(decisive.action, decisive.rule, message, findings, parts=parts)


@dataclass(frozen=True)
class Step:
    """Text that may be delivered now."""

    text: str = field(default="", repr=False)
    stopped: bool = False


class Pipeline:
    """Feeds a text to a filter of each guardrail, one behind the other."""

    def __init__(self, guards: tuple[Guard, ...], where: str, record: Record) -> None:
        self._record = record
        self._stages: list[tuple[Guard, TextFilter]] = []
        for guard in guards:
            text_filter = guard.guardrail.during(where=where, stop=guard.action == Action.BLOCK)
            if text_filter is not None:
                self._stages.append((guard, text_filter))
        self.delivered: list[str] = []
        """All that came out so far."""
        self.ended = False

    async def feed(self, text: str, *, final: bool = False) -> Step:
        """The next piece. `final` ends the text, and what is held back comes out."""
        if self.ended:
            return Step()
        stopped = False
        for guard, text_filter in self._stages:
            if not text and not final:
                break
            filtered = await text_filter.feed(text, final=final)
            rule = guard.guardrail.name
            if guard.action == Action.REPORT:
                # The filter reads along; the text goes on as it is, without being held back.
                self._record.note(rule, filtered.findings, Outcome.REPORT)
                continue
            text = filtered.text
            changed = any(finding.severity != Severity.NOTE for finding in filtered.findings)
            outcome = Outcome.BLOCK if filtered.stopped else Outcome.MASK if changed else Outcome.REPORT
            self._record.note(rule, filtered.findings, outcome, "The answer was ended by a guardrail.")
            if filtered.stopped:
                # What the later ones hold back comes before the end.
                stopped = final = True
        self.ended = final
        self.delivered.append(text)
        return Step(text, stopped)
