"""Streams of the Responses API: events that bring pieces of text, and events that repeat it whole."""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from .bodies import Path, path_name, replaced, texts_under, without_logprobs
from .pipeline import Guard, Pipeline, Record
from .verdict import Body

_WHOLE_FIELDS = ("text", "refusal", "arguments", "input", "code")
_PLACE = ("item_id", "output_index", "content_index", "summary_index")
_NOT_TEXT = ("response.audio", "response.output_audio")
_Key = tuple[object, ...]


class ResponseStream:
    """Sends the pieces of each text through a pipeline, and each repetition of the whole text through a new one."""

    def __init__(self, guards: tuple[Guard, ...], record: Record) -> None:
        self._guards = guards
        self._record = record
        self._pipelines: dict[_Key, Pipeline] = {}
        self._last: dict[_Key, Body] = {}
        self._response: Body = {}
        self._number: int | None = None
        self._stopped = False

    async def chunks(self, stream: AsyncIterator[Body]) -> AsyncGenerator[Body, None]:
        """The stream as it may be delivered; where a guardrail ends it, `response.incomplete` is the last event."""
        async for event in stream:
            async for out in self._event(event):
                yield self._numbered(out)
                if self._stopped:
                    return
        for key, pipeline in self._pipelines.items():
            step = await pipeline.feed("", final=True)
            if step.text:
                yield self._numbered({**self._last[key], "delta": step.text})
            if step.stopped:
                yield self._numbered(self._end())
                return

    async def _event(self, event: Body) -> AsyncGenerator[Body, None]:
        kind = str(event.get("type", ""))
        if kind.startswith(_NOT_TEXT) and "transcript" not in kind:
            yield event
            return
        if isinstance(event.get("response"), dict):
            self._response = event["response"]
        if kind.endswith(".delta") and isinstance(event.get("delta"), str):
            async for out in self._delta(_key(event, kind.removesuffix(".delta")), event):
                yield out
            return
        done = next((name for name in _WHOLE_FIELDS if isinstance(event.get(name), str)), None)
        key = _key(event, kind.removesuffix(".done"))
        if kind.endswith(".done") and done is not None and key in self._pipelines:
            pipeline = self._pipelines[key]
            step = await pipeline.feed("", final=True)
            if step.text:
                yield {**self._last[key], "delta": step.text}
            if step.stopped:
                yield self._end()
                return
            out = {**copy.deepcopy(event), done: "".join(pipeline.delivered)}
            without_logprobs(out)
            yield out
            return
        async for out in self._repeated(event):
            yield out

    async def _delta(self, key: _Key, event: Body) -> AsyncGenerator[Body, None]:
        if key not in self._pipelines:
            where = path_name(tuple(str(part) for part in key if part is not None))
            self._pipelines[key] = Pipeline(self._guards, where, self._record)
        # As long as what is held back; only the fields that say where it belongs are used again.
        self._last[key] = {name: value for name, value in event.items() if name not in ("logprobs", "obfuscation")}
        if "logprobs" in event:
            self._last[key]["logprobs"] = []
        step = await self._pipelines[key].feed(event["delta"])
        if step.text:
            yield {**self._last[key], "delta": step.text}
        if step.stopped:
            yield self._end()

    async def _repeated(self, event: Body) -> AsyncGenerator[Body, None]:
        """Whole texts in an event. Pieces and whole texts come out alike, so they become what was sent."""
        out = event
        # The response also repeats the request (instructions, tools): that is not an answer.
        places: list[Path] = [("item",), ("part",)]
        if isinstance(event.get("response"), dict):
            places = [("response", "output")]
        elif not any(isinstance(event.get(name), dict) for name in ("item", "part")):
            places = [(name,) for name in _WHOLE_FIELDS]
        for place in places:
            value: Any = event
            for part in place:
                value = value.get(str(part)) if isinstance(value, dict) else None
            changed: dict[Path, str] = {}
            for text in texts_under(value):
                # What pieces showed is noted already.
                record = Record() if self._pipelines else self._record
                pipeline = Pipeline(self._guards, path_name((*place, *text.path)), record)
                step = await pipeline.feed(text.text, final=True)
                if step.stopped:
                    yield self._end()
                    return
                if step.text != text.text:
                    changed[(*place, *text.path)] = step.text
            if changed:
                out = replaced(out, changed)
                without_logprobs(out)
        yield out

    def _end(self) -> Body:
        self._stopped = True
        response = {
            **self._response,
            "status": "incomplete",
            "incomplete_details": {"reason": "content_filter"},
            "output": [],
        }
        return {"type": "response.incomplete", "response": response}

    def _numbered(self, event: Body) -> Body:
        """Events that are held back or added shift the numbers."""
        number = event.get("sequence_number")
        if self._number is None:
            if not isinstance(number, int):
                return event
            self._number = number
        numbered = {**event, "sequence_number": self._number}
        self._number += 1
        return numbered


def _key(event: Body, kind: str) -> _Key:
    return (kind, *(event.get(name) for name in _PLACE))
