"""Streams of chat completions and completions."""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from .bodies import Path, path_name, replaced, texts_under, without_logprobs
from .pipeline import Guard, Pipeline, Record
from .verdict import Body

_Key = tuple[int, Path]
"""Choice, and the field in it; tools' calls by their own index, not by their place in a chunk."""


class ChatStream:
    """Sends each field of each choice through a pipeline of its own, chunk by chunk."""

    def __init__(self, guards: tuple[Guard, ...], record: Record) -> None:
        self._guards = guards
        self._record = record
        self._pipelines: dict[_Key, Pipeline] = {}
        self._template: Body = {}
        self._open: dict[int, None] = {}
        """Choices that have begun and not finished, in order."""
        self._finished: set[int] = set()
        self._is_completion = False
        self._stopped = False

    async def chunks(self, stream: AsyncIterator[Body]) -> AsyncGenerator[Body, None]:
        """The stream as it may be delivered; it ends properly also where a guardrail ends it."""
        async for chunk in stream:
            async for out in self._chunk(chunk):
                yield out
                if self._stopped:
                    return
        # The upstream ended without a reason; what was held back is still its text.
        for choice in list(self._open):
            async for out in self._flush(choice):
                yield out
                if self._stopped:
                    return

    async def _chunk(self, chunk: Body) -> AsyncGenerator[Body, None]:
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            yield chunk
            return
        self._template = {key: value for key, value in chunk.items() if key not in ("choices", "usage")}
        out = copy.deepcopy(chunk)
        kept = bool(chunk.get("usage"))
        for choice, original in zip(out["choices"], choices, strict=True):
            index = original.get("index") or 0
            self._is_completion = "text" in original
            if index not in self._finished:
                self._open[index] = None
            final = original.get("finish_reason") is not None
            content = {"text": original["text"]} if self._is_completion else (original.get("delta") or {})
            changed: dict[Path, str] = {}
            fed: set[_Key] = set()
            for text in texts_under(content):
                key = (index, _stable(content, text.path))
                fed.add(key)
                pipeline = self._pipeline(key)
                step = await pipeline.feed(text.text, final=final)
                changed[text.path] = step.text
                if step.stopped:
                    if step.text:
                        yield self._piece(key, step.text)
                    yield self._end()
                    return
            if final:
                async for piece in self._flush(index, but=fed):
                    yield piece
                    if self._stopped:
                        return
            result = replaced(content, changed)
            if self._is_completion:
                choice["text"] = result["text"]
            elif "delta" in choice:
                choice["delta"] = result
            # They belong to the tokens of the upstream, and show what was replaced.
            without_logprobs(choice)
            kept = kept or final or any(value for value in result.values() if not _is_empty(value))
        if kept:
            yield out

    async def _flush(self, choice: int, but: set[_Key] | None = None) -> AsyncGenerator[Body, None]:
        """What is held back of a choice that has finished."""
        self._open.pop(choice, None)
        self._finished.add(choice)
        for key, pipeline in list(self._pipelines.items()):
            if key[0] != choice or key in (but or ()) or pipeline.ended:
                continue
            step = await pipeline.feed("", final=True)
            if step.text:
                yield self._piece(key, step.text)
            if step.stopped:
                self._open[choice] = None
                yield self._end()
                return

    def _pipeline(self, key: _Key) -> Pipeline:
        if key not in self._pipelines:
            where = path_name(("choices", key[0], *key[1]))
            self._pipelines[key] = Pipeline(self._guards, where, self._record)
        return self._pipelines[key]

    def _piece(self, key: _Key, text: str) -> Body:
        index, path = key
        choice: Body = {"index": index, "finish_reason": None}
        if self._is_completion:
            choice["text"] = text
        else:
            choice["delta"] = _nested(path, text)
        return {**self._template, "choices": [choice]}

    def _end(self) -> Body:
        """The last chunk: an empty delta and the reason, for each choice that has not finished."""
        self._stopped = True
        content: Body = {"text": ""} if self._is_completion else {"delta": {}}
        choices = [{"index": index, **content, "finish_reason": "content_filter"} for index in self._open]
        return {**self._template, "choices": choices}


def _stable(content: Any, path: Path) -> Path:
    """The path with the index that a call of a tool has in the whole answer."""
    stable: list[str | int] = []
    for part in path:
        content = content[part]
        index = content.get("index") if isinstance(content, dict) else None
        stable.append(index if isinstance(part, int) and isinstance(index, int) else part)
    return tuple(stable)


def _nested(path: Path, text: str) -> Any:
    if not path:
        return text
    inner = _nested(path[1:], text)
    if isinstance(path[0], int):
        return [{"index": path[0], **inner}] if isinstance(inner, dict) else [inner]
    return {path[0]: inner}


def _is_empty(value: Any) -> bool:
    """Whether a field says nothing: also calls of tools of which only empty arguments are left."""
    if isinstance(value, dict):
        return all(_is_empty(inner) for key, inner in value.items() if key not in ("index", "type"))
    if isinstance(value, list):
        return all(_is_empty(inner) for inner in value)
    return value is None or value == ""
