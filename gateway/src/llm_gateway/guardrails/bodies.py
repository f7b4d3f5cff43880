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

# In answers: names, ids and media, or what must stay as it is for the call to work. A key that is not known is read.
_SKIPPED_KEYS = frozenset({
    "type", "role", "id", "call_id", "tool_call_id", "item_id", "name", "model", "status", "detail", "format", "object",
    "data", "file_data", "file_id", "image_url", "video_url", "audio_url", "file_url", "url", "input_audio", "audio",
    "encrypted_content", "finish_reason", "logprobs", "token_ids", "annotations",
})  # fmt: skip

# In requests nothing is skipped by its name alone, since the same name in a schema is read by the model.
_ID_KEYS = frozenset({"id", "call_id", "tool_call_id", "item_id", "status"})
_TEXT_PARTS = ("text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text")
# Places in a part of a content that hold media or say how to read them.
_MEDIA_LEAVES: frozenset[tuple[str, ...]] = frozenset({
    *((name, *inner) for name in ("image_url", "video_url", "audio_url")
      for inner in ((), ("url",), ("detail",), ("format",))),
    ("detail",), ("input_audio", "data"), ("input_audio", "format"),
    ("file_data",), ("file_id",), ("file_url",), ("file", "file_data"), ("file", "file_id"), ("file", "format"),
    ("source", "url"), ("source", "file_id"), ("source", "media_type"),
})  # fmt: skip
# Words of the API and of JSON schemas: as keys, and as what `type`, `role` and the like say, they hold nothing.
_FIXED_KEYS = _SKIPPED_KEYS | frozenset({
    "content", "text", "refusal", "tool_calls", "function", "arguments", "description", "parameters", "strict",
    "json_schema", "schema", "properties", "required", "items", "enum", "anyOf", "allOf", "oneOf", "default",
    "additionalProperties", "$defs", "$ref", "title", "source", "media_type", "file", "filename", "cache_control",
    "ttl", "output", "input", "summary", "variables", "reasoning_content",
})  # fmt: skip
_FIXED_VALUES = frozenset({
    "string", "object", "integer", "number", "boolean", "array", "null", "function", "text", "input_text",
    "output_text", "message", "user", "assistant", "system", "developer", "tool", "json_schema", "json_object",
    "completed", "in_progress", "incomplete", "ephemeral", "base64", "url", "file", "content", "document", "image",
    "date-time", "date", "email", "uri", "uuid", "image_url", "input_image", "input_file", "input_audio", "refusal",
    "function_call", "function_call_output", "reasoning", "summary_text", "item_reference", "video_url", "audio_url",
})  # fmt: skip
_FIXED_PLACES = ("type", "role", "status", "format", "object")


@dataclass(frozen=True)
class TextAt:
    """One text of a body."""

    path: Path
    text: str = field(repr=False)
    role: str
    """Role of the message around it; `user` for prompts and inputs, `tool` for what tools returned, `tools` for
    descriptions of tools, `assistant` for answers."""
    is_key: bool = False
    """The key at the path itself, not what stands under it. It cannot be replaced: others may refer to it."""

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
    """Every text of a request that a model reads, also names and descriptions of tools, keys of their schemas, and
    arguments of earlier calls. What is left out are ids and media, by their places."""
    return [
        text
        for key, value in request.items()
        if key not in _STEERING_KEYS
        for text in _walk_request(value, (key,), _ROLES.get(key, "user"))
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
        for key, inner in value.items():
            if key not in _SKIPPED_KEYS:
                yield from _walk(inner, (*path, str(key)), role)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index), role)


def _walk_request(
    value: object, path: Path, role: str, part: Mapping[str, Any] | None = None, inside: tuple[str, ...] = ()
) -> Iterator[TextAt]:
    """`part` is the part of a content that `value` is in, and `inside` the path from it."""
    if isinstance(value, str):
        if value and not _is_id(path, value) and not (part is not None and _is_media(part, inside)):
            yield TextAt(path, value, role)
    elif isinstance(value, Mapping):
        if _is_message(path):
            role = _role_of(value, role)
        if _is_part(path):
            part, inside = value, ()
        for key, inner in value.items():
            place = (*path, str(key))
            if key and key not in _FIXED_KEYS:
                yield TextAt(place, str(key), role, is_key=True)
            yield from _walk_request(inner, place, role, part, (*inside, str(key)))
    elif isinstance(value, list):
        # A list is no place of a leaf that is media.
        within = () if part is None else (*inside, "[]")
        for index, inner in enumerate(value):
            yield from _walk_request(inner, (*path, index), role, part, within)


def _is_message(path: Path) -> bool:
    return len(path) == 2 and path[0] in ("messages", "input") and isinstance(path[1], int)


def _role_of(message: Mapping[str, Any], role: str) -> str:
    """Only a message or an item has a role; a part of its content that states one keeps that of the message."""
    kind = message.get("type")
    # What a tool returned is that of a tool, whoever is said to speak.
    if isinstance(kind, str) and (kind.endswith("_output") or kind == "mcp_call"):
        return "tool"
    stated = message.get("role")
    return stated if isinstance(stated, str) else role


def _is_part(path: Path) -> bool:
    """Whether a part of a message's content, or of what a tool returned, is at this place."""
    if not _is_message(path[:2]) or path[2:3] not in (("content",), ("output",)):
        return False
    return len(path) == 3 or (len(path) == 4 and isinstance(path[3], int))


def _is_id(path: Path, value: str) -> bool:
    """Fixed words, and ids of messages and calls: text has spaces."""
    if path[-1] in _FIXED_PLACES and value in _FIXED_VALUES:
        return True
    if len(value.split()) != 1:
        return False
    around = path[:-1]
    is_call = len(around) == 4 and _is_message(around[:2]) and around[2] == "tool_calls"
    if path[-1] == "encrypted_content":
        return _is_message(around)
    return path[-1] in _ID_KEYS and (_is_message(around) or is_call or around[2:] == ("audio",))


def _is_media(part: Mapping[str, Any], inside: tuple[str, ...]) -> bool:
    if part.get("type") in _TEXT_PARTS:
        return False
    if inside == ("source", "data"):
        return bool(part["source"].get("type") == "base64")
    return inside in _MEDIA_LEAVES


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
