"""Where texts are in the bodies of chat completions, completions, responses and embeddings."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .verdict import Body

Path = tuple[str | int, ...]

# What steers the call and is not read by the model. A field that is not known is read.
_STEERING_KEYS = frozenset({
    "model", "user", "safety_identifier", "prompt_cache_key", "cache_salt", "metadata", "previous_response_id",
    "conversation", "service_tier", "truncation", "include", "reasoning", "reasoning_effort", "verbosity",
    "encoding_format", "tool_choice", "modalities", "stream_options", "cache",
})  # fmt: skip
# Whose words these are, where no message says it.
_ROLES = {
    "tools": "tools", "functions": "tools", "response_format": "tools", "text": "tools", "instructions": "system",
}  # fmt: skip
_ANSWER_KEYS = ("choices", "output")

# Names, ids and media: no text, or what must stay as it is for the call to work. A key that is not known is read.
_SKIPPED_KEYS = frozenset({
    "type", "role", "id", "call_id", "tool_call_id", "item_id", "name", "model", "status", "detail", "format", "object",
    "data", "file_data", "file_id", "image_url", "video_url", "audio_url", "file_url", "url", "input_audio", "audio",
    "encrypted_content", "finish_reason", "logprobs", "token_ids", "annotations",
})  # fmt: skip

_TOOL_OUTPUTS = ("function_call_output", "custom_tool_call_output", "mcp_call")


@dataclass(frozen=True)
class TextAt:
    """One text of a body."""

    path: Path
    text: str = field(repr=False)
    role: str
    """Role of the message around it; `user` for prompts and inputs, `tool` for what tools returned, `tools` for
    descriptions of tools, `assistant` for answers."""

    @property
    def where(self) -> str:
        """The path as people write it."""
        return path_name(self.path)


def path_name(path: Path) -> str:
    """`("messages", 2, "content")` becomes `messages[2].content`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def request_texts(request: Body) -> list[TextAt]:
    """Every text of a request that a model reads, also descriptions of tools and arguments of earlier calls."""
    return [
        text
        for key, value in request.items()
        if key not in _STEERING_KEYS
        for text in _walk(value, (key,), _ROLES.get(key, "user"))
    ]


def answer_texts(answer: Body) -> list[TextAt]:
    """Every text of a whole answer, also arguments of calls of tools."""
    return [text for key in _ANSWER_KEYS if key in answer for text in _walk(answer[key], (key,), "assistant")]


def texts_under(value: object) -> list[TextAt]:
    """Every text of an event of a stream."""
    return list(_walk(value, (), "assistant"))


def _walk(value: object, path: Path, role: str) -> Iterator[TextAt]:
    if isinstance(value, str):
        if value:
            yield TextAt(path, value, role)
    elif isinstance(value, Mapping):
        # Only a message or an item has a role; a part of its content that states one keeps that of the message.
        is_message = len(path) == 2 and path[0] in ("messages", "input")
        if is_message and isinstance(value.get("role"), str):
            role = value["role"]
        elif is_message and value.get("type") in _TOOL_OUTPUTS:
            role = "tool"
        for key, inner in value.items():
            # The name of who speaks is read by the model; that of a function is part of the call.
            if key not in _SKIPPED_KEYS or (key == "name" and is_message and "role" in value):
                yield from _walk(inner, (*path, str(key)), role)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index), role)


def token_arrays(request: Body) -> list[str]:
    """Where a prompt or input is given as numbers of tokens: nobody here can read them."""
    return [
        key
        for key in ("prompt", "input")
        if isinstance(request.get(key), list) and any(_is_tokens(item) for item in request[key])
    ]


def _is_tokens(item: object) -> bool:
    return isinstance(item, int) or (isinstance(item, list) and any(isinstance(inner, int) for inner in item))


def media_urls(request: Body) -> list[tuple[str, str]]:
    """Where the request names media, and their URLs: the engine fetches them."""
    found: list[tuple[str, str]] = []

    def look(value: object, path: Path, media: bool) -> None:
        if isinstance(value, str):
            if media:
                found.append((path_name(path), value))
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                name = str(key)
                # Sources that an earlier answer named; nobody fetches them.
                if name in ("annotations", "url_citation"):
                    continue
                look(inner, (*path, name), name.endswith("_url") or name == "url")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                look(inner, (*path, index), media)

    # Tools too: a provider would call their servers.
    for key in ("messages", "input", "prompt", "prediction", "tools"):
        look(request.get(key), (key,), False)
    return found


def replaced(body: Body, replacements: Mapping[Path, str]) -> Body:
    """A copy of the body with texts replaced."""
    changed = copy.deepcopy(body)
    for path, text in replacements.items():
        place: Any = changed
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = text
    return changed


def without_logprobs(value: Any) -> None:
    """Takes log probabilities off, in place: they repeat the text, token by token, as it was before it was masked."""
    each(value, lambda mapping: mapping.update(logprobs=None) if mapping.get("logprobs") else None)


def each(value: Any, visit: Callable[[dict[str, Any]], object]) -> None:
    """Visits every object of a body."""
    if isinstance(value, dict):
        visit(value)
        for inner in value.values():
            each(inner, visit)
    elif isinstance(value, list):
        for inner in value:
            each(inner, visit)
