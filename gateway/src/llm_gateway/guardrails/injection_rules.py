"""The kind `injection-rules`: words that try to replace the application's instructions."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right

from .bodies import request_texts, token_arrays
from .injection_patterns import PATTERNS
from .injection_text import readable_forms
from .options import Options
from .text_guardrail import TextGuardrail
from .verdict import Assessment, Body, Finding

DEFAULT_ROLES = ("user", "tool", "function")
DEFAULT_MAX_CHARACTERS = 50_000
_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u201e", "\u201c"), ("\u00ab", "\u00bb"))
_QUOTED = re.compile("|".join(f"{opening}[^{opening}{closing}\\n]{{3,200}}{closing}" for opening, closing in _QUOTES))
# Texts from here on are read in a thread, so that other requests go on between two patterns.
_LONG = 2000


class InjectionRules(TextGuardrail):
    """Scores texts by patterns in 14 languages. The README has what it finds and what it does not."""

    def __init__(
        self,
        name: str,
        *,
        roles: tuple[str, ...] = DEFAULT_ROLES,
        threshold: float = 1,
        max_characters: int = DEFAULT_MAX_CHARACTERS,
    ) -> None:
        super().__init__(name, "The text seems to hold instructions that would replace those of the application.")
        self._roles = roles
        self._threshold = threshold
        self._max_characters = max_characters

    @classmethod
    def from_options(cls, name: str, options: Options) -> InjectionRules:
        """`roles`, `threshold`, `maxCharacters`."""
        return cls(
            name,
            roles=options.texts(
                "roles",
                default=DEFAULT_ROLES,
                choices=("system", "developer", "user", "assistant", "tool", "function", "tools"),
            ),
            threshold=options.number("threshold", default=1, most=3),
            max_characters=options.integer("maxCharacters", default=DEFAULT_MAX_CHARACTERS) or DEFAULT_MAX_CHARACTERS,
        )

    async def before(self, request: Body) -> Assessment:
        """Reads what people and tools said; what the application itself says is trusted, unless `roles` has it."""
        findings = [Finding("TOKENS_NOT_READABLE", where) for where in token_arrays(request)]
        texts = [text for text in request_texts(request) if text.role in self._roles]
        if sum(len(text.text) for text in texts) > self._max_characters:
            message = (
                f"The text has more than {self._max_characters} characters, which is the most that is looked through."
            )
            return Assessment((Finding("TOO_LONG", "body"),), None, message)
        for text in texts:
            if len(text.text) < _LONG:
                scores = injection_scores(text.text)
            else:
                scores = await asyncio.to_thread(injection_scores, text.text)
            total = sum(scores.values())
            if total >= self._threshold:
                kind = max(scores, key=lambda name: scores[name])
                findings.append(Finding(f"injection.{kind}", text.where, score=min(1.0, total)))
        return Assessment(tuple(findings), None, self.message if findings else "")


def injection_scores(text: str) -> dict[str, float]:
    """Weight of each kind of pattern in the text. Inside quotation marks it counts half: people ask about attacks."""
    scores: dict[str, float] = {}
    for form in readable_forms(text):
        quoted = [match.span() for match in _QUOTED.finditer(form)]
        starts = [start for start, _ in quoted]
        for pattern in PATTERNS:
            if scores.get(pattern.kind, 0) >= pattern.weight:
                continue
            for match in pattern.pattern.finditer(form):
                # The last quotation that begins before the match; they do not overlap.
                before = bisect_right(starts, match.start()) - 1
                inside = before >= 0 and match.end() <= quoted[before][1]
                weight = pattern.weight / 2 if inside else pattern.weight
                scores[pattern.kind] = max(scores.get(pattern.kind, 0), weight)
                if not inside:
                    break
    return scores
