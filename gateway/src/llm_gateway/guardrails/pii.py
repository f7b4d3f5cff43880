"""The kind `pii`: e-mail addresses, cards, accounts, numbers and addresses, found by Presidio's patterns."""

from __future__ import annotations

import hashlib
from concurrent.futures import BrokenExecutor

from .analyzer import ENTITIES
from .bodies import Path, TextAt, answer_texts, replaced, request_texts, token_arrays, without_logprobs
from .guardrail import Filtered, TextFilter
from .options import Options
from .resources import Resources
from .segments import Segments, first_segment
from .text_guardrail import TextGuardrail
from .verdict import Assessment, Body, Finding

DEFAULT_ENTITIES = ("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "PHONE_NUMBER", "US_SSN")
DEFAULT_MAX_CHARACTERS = 20_000
_SEGMENT = 2000


class Pii(TextGuardrail):
    """Personal data, replaced by the name of its kind. What cannot be looked through counts as found."""

    def __init__(
        self,
        name: str,
        resources: Resources,
        *,
        entities: tuple[str, ...] = DEFAULT_ENTITIES,
        max_characters: int = DEFAULT_MAX_CHARACTERS,
        threshold: float = 0.4,
        timeout_seconds: float = 10,
        answers: bool = True,
    ) -> None:
        super().__init__(name, "Personal data was found, or the text was too long to be looked through.")
        self._resources = resources
        self._entities = sorted(entities)
        self._max_characters = max_characters
        self._threshold = threshold
        self._timeout_seconds = timeout_seconds
        self._answers = answers
        self._key = f"{self._entities}{threshold}".encode()

    @classmethod
    def from_options(cls, name: str, options: Options, resources: Resources) -> Pii:
        """`entities`, `maxCharacters`, `threshold`, `timeoutSeconds`, `answers`."""
        entities = options.texts("entities", default=DEFAULT_ENTITIES, choices=ENTITIES)
        if not entities:
            options.problem("entities", "at least one entity", list(entities), "name one, or take the guardrail off")
        return cls(
            name,
            resources,
            entities=entities,
            max_characters=options.integer("maxCharacters", default=DEFAULT_MAX_CHARACTERS) or DEFAULT_MAX_CHARACTERS,
            threshold=options.number("threshold", default=0.4, most=1),
            timeout_seconds=options.number("timeoutSeconds", default=10),
            answers=options.flag("answers", default=True),
        )

    async def before(self, request: Body) -> Assessment:
        """Reads every text of the request in one go, so that the process is asked once."""
        unread = [Finding("TOKENS_NOT_READABLE", where) for where in token_arrays(request)]
        if unread:
            return Assessment(
                tuple(unread), None, "The input must be text: numbers of tokens cannot be looked through."
            )
        return await self._whole(request, request_texts(request), stop=False)

    def during(self, *, where: str, stop: bool) -> TextFilter | None:
        """Delivers line by line: whether a number is one of a telephone is known at its end."""
        if not self._answers:
            return None

        async def judge(segment: str, position: int) -> Filtered:
            # As for requests: what is too long to be looked through does not pass.
            if position + len(segment) > self._max_characters:
                return Filtered(findings=(Finding("TOO_LONG", where, position),), stopped=True)
            return await self._masked(segment, position, where, stop)

        return Segments(judge, longest=_SEGMENT)

    async def after(self, answer: Body, *, stop: bool) -> Assessment:
        """The same segments as on a stream, in one go."""
        return await self._whole(answer, answer_texts(answer), stop=stop) if self._answers else Assessment()

    async def _whole(self, body: Body, texts: list[TextAt], *, stop: bool) -> Assessment:
        if sum(len(text.text) for text in texts) > self._max_characters:
            message = (
                f"The text has more than {self._max_characters} characters, which is the most that is looked through."
            )
            return Assessment((Finding("TOO_LONG", "body"),), None, message)
        # Fills the cache; what follows asks for nothing.
        segments = [segment for text in texts for segment in _segments_of(text.text)]
        if not await self._known(segments):
            return Assessment(
                (Finding("NOT_ANALYZED", "body"),), None, "Personal data could not be looked for. Try again."
            )
        findings: list[Finding] = []
        changed: dict[Path, str] = {}
        can_mask = not stop
        for text in texts:
            position = 0
            pieces = []
            for segment in _segments_of(text.text):
                filtered = await self._masked(segment, position, text.where, stop=False)
                position += len(segment)
                pieces.append(filtered.text)
                findings.extend(filtered.findings)
                if filtered.stopped:
                    return Assessment(tuple(findings), None, "Personal data could not be looked for. Try again.")
            if (masked := "".join(pieces)) != text.text:
                # A key has no place for another one: the request does not pass.
                can_mask = can_mask and not text.is_key
                changed[text.path] = masked
        if not findings:
            return Assessment()
        if not can_mask:
            return Assessment(tuple(findings), None, self.message)
        result = replaced(body, changed)
        without_logprobs(result)
        return Assessment(tuple(findings), result, self.message)

    async def _known(self, segments: list[str]) -> bool:
        try:
            await self._resources.analyze(
                [(self._digest(segment), segment) for segment in segments],
                self._entities,
                self._threshold,
                self._timeout_seconds,
            )
        except (TimeoutError, BrokenExecutor):
            return False
        return True

    async def _masked(self, segment: str, position: int, where: str, stop: bool) -> Filtered:
        try:
            [spans] = await self._resources.analyze(
                [(self._digest(segment), segment)], self._entities, self._threshold, self._timeout_seconds
            )
        except (TimeoutError, BrokenExecutor):
            return Filtered(findings=(Finding("NOT_ANALYZED", where, position),), stopped=True)
        findings = tuple(
            Finding(entity, where, position + start, position + end, score) for entity, start, end, score in spans
        )
        if stop and findings:
            return Filtered(segment[: spans[0][1]], findings[:1], stopped=True)
        pieces = []
        last = 0
        for entity, start, end, _ in spans:
            pieces += [segment[last:start], f"<{entity}>"]
            last = end
        return Filtered("".join([*pieces, segment[last:]]), findings)

    def _digest(self, segment: str) -> bytes:
        """Names a segment in the cache without keeping it."""
        return hashlib.blake2b(
            segment.encode("utf-8", "surrogatepass"), key=hashlib.sha256(self._key).digest()
        ).digest()


def _segments_of(text: str) -> list[str]:
    segments = []
    while text:
        length = first_segment(text, _SEGMENT, final=True)
        segments.append(text[:length])
        text = text[length:]
    return segments
