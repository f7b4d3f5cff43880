"""What a request may say, and the most that it can take."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from .config import Model

Body = dict[str, Any]

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
RESPONSES = "/v1/responses"
ROUTES = (CHAT, COMPLETIONS, EMBEDDINGS, RESPONSES)

_SAMPLING = (
    "temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs",
    # vLLM's and SGLang's own
    "top_k", "min_p", "repetition_penalty", "length_penalty", "stop_token_ids", "include_stop_str_in_output",
    "ignore_eos", "min_tokens", "skip_special_tokens", "spaces_between_special_tokens", "structured_outputs",
    "guided_json", "guided_regex", "guided_choice", "guided_grammar",
)  # fmt: skip

# The engine takes hundreds of fields, among them where to send the request and with which key, whom to charge and which
# checks to leave out. What is not listed here is refused. Left out on purpose: `metadata`, `service_tier` and
# `web_search_options` (other prices), `prediction` (charged output beyond the limit), `previous_response_id` and
# `conversation` (what another tenant may have stored).
FIELDS: dict[str, frozenset[str]] = {
    CHAT: frozenset((
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "top_logprobs",
        "response_format", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "user",
        "safety_identifier", "reasoning_effort", "verbosity", "thinking", "chat_template_kwargs", "store", "cache",
        *_SAMPLING,
    )),
    COMPLETIONS: frozenset((
        "model", "prompt", "suffix", "stream", "stream_options", "max_tokens", "n", "best_of", "echo", "user", "cache",
        *_SAMPLING,
    )),
    EMBEDDINGS: frozenset(("model", "input", "dimensions", "encoding_format", "user", "cache")),
    RESPONSES: frozenset((
        "model", "input", "instructions", "stream", "max_output_tokens", "temperature", "top_p", "top_logprobs",
        "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "truncation", "user", "safety_identifier",
        "store", "cache",
    )),
}  # fmt: skip

# Tools that the caller runs. Any other kind is run by the provider: it reaches the internet, and is charged apart.
_TOOLS = ("function", "custom")

_LIMIT_FIELD = {CHAT: "max_tokens", COMPLETIONS: "max_tokens", RESPONSES: "max_output_tokens"}

# Of the keys of `chat_template_kwargs` those that take the place of the request's own, or of the template.
_TEMPLATE_KEYS = ("chat_template", "tokenize", "tools", "documents", "conversation")

MAX_NAMED_FIELDS = 10
"""Unknown fields that a refusal names."""

MAX_ANSWERS = 16
"""Answers to one request (`n`, `best_of`)."""

MAX_DEPTH = 64
"""Levels of the body: what reads it afterwards does so by recursion."""

BYTES_A_TOKEN = 8
"""No text has more for long: English has about four."""

PROMPT_OVERHEAD_TOKENS = 64
"""What chat templates add to a request, and again to each message."""


class BadRequest(Exception):
    """The request cannot be taken; the message lists every problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))


def parse(raw: bytes) -> Body:
    """Reads the body. Throws `BadRequest`."""
    try:
        # Strictly UTF-8: what JSON's reader finds out by itself lets halves of characters through.
        text = raw.decode()
        body = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if "\\ud" in text.lower():
            # Half a character, as an escape: no engine and no log can write it.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadRequest(["body: expected JSON in UTF-8, with finite numbers and whole characters"]) from None
    if not isinstance(body, dict):
        raise BadRequest(["body: expected a JSON object"])
    if _is_deep(body):
        raise BadRequest([f"body: expected JSON of at most {MAX_DEPTH} levels"])
    return body


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _is_deep(body: Body) -> bool:
    level: list[Any] = [body]
    for _ in range(MAX_DEPTH):
        inner = (item for value in level for item in (value.values() if isinstance(value, dict) else value))
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def check(route: str, body: Body) -> None:
    """Throws `BadRequest` with every problem of the fields that do not depend on the model."""
    unknown = [name for name in body if name not in FIELDS[route]]
    problems = [
        f"{name[:60]}: this gateway does not take this field; leave it out" for name in unknown[:MAX_NAMED_FIELDS]
    ]
    if len(unknown) > MAX_NAMED_FIELDS:
        problems.append(f"body: {len(unknown) - MAX_NAMED_FIELDS} more fields that this gateway does not take")
    if not isinstance(body.get("model"), str):
        problems.append("model: expected the name of a model; GET /v1/models lists them")
    if not isinstance(body.get("stream", False), bool | None):
        problems.append("stream: expected true or false")
    if not isinstance(body.get("stream_options") or {}, dict):
        problems.append("stream_options: expected an object")
    if body.get("store"):
        problems.append("store: nothing is stored by this gateway; leave it out")
    problems += [
        f"{name}: expected a whole number from 1 to {MAX_ANSWERS}"
        for name in ("n", "best_of")
        if body.get(name) is not None and not _whole(body[name], 1, MAX_ANSWERS)
    ]
    tools = body.get("tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) and tool.get("type") in _TOOLS for tool in tools):
        problems.append(f"tools: expected tools of the types {', '.join(_TOOLS)}")
    arguments = body.get("chat_template_kwargs")
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, dict) or any(
        key in _TEMPLATE_KEYS or isinstance(value, dict | list) for key, value in arguments.items()
    ):
        problems.append(
            "chat_template_kwargs: expected an object of numbers, texts, true and false, "
            f"and none of {', '.join(_TEMPLATE_KEYS)}"
        )
    if _has(body, "cache_control"):
        problems.append("cache_control: writing to a provider's cache has another price; leave it out")
    if any(_has(body.get(name), "file_id") for name in ("messages", "input")):
        problems.append("file_id: files of the platform's account are not served; state the file as a data: URL")
    problems += [
        f"{url[:60]}: expected media as a data: URL or at a public https: address"
        for url in islice(_private_media(body), MAX_NAMED_FIELDS)
    ]
    if problems:
        raise BadRequest(problems)


def bound_output(route: str, body: Body, model: Model) -> int:
    """States in the body how much may be generated, and returns it for all answers together. Throws `BadRequest`.

    Engines without a statement generate up to the end of the context, and a budget could not be kept.
    """
    field = _LIMIT_FIELD.get(route)
    if field is None:
        return 0
    if model.max_output_tokens == 0:
        raise BadRequest([f"model: {model.name} generates no text; use {EMBEDDINGS}"])
    given = [
        name for name in ("max_tokens", "max_completion_tokens", "max_output_tokens") if body.get(name) is not None
    ]
    problems = [
        f"{name}: expected a whole number from 1 to {model.max_output_tokens}, the limit of {model.name}"
        for name in given
        if not _whole(body[name], 1, model.max_output_tokens)
    ]
    if problems:
        raise BadRequest(problems)
    if not given:
        body[field] = model.max_output_tokens
    # A client that states both fields gets what the engine makes of it: the larger one at most.
    limit: int = max(body[name] for name in (given or [field]))
    return limit * max(body.get("n") or 1, body.get("best_of") or 1) * _prompts(route, body)


def check_input(route: str, body: Body, size: int, models: Iterable[Model]) -> None:
    """Throws `BadRequest` when the prompt is too long for each of the models, whatever its text is. `size`: bytes."""
    most = max(model.max_input_tokens for model in models) * _prompts(route, body)
    if size <= most * BYTES_A_TOKEN:
        return
    # As it is, without escapes and the bytes of pictures.
    text = len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))
    text -= sum(len(url) for url in _media(body))
    if text > most * BYTES_A_TOKEN:
        raise BadRequest([f"body: expected a prompt of at most {most} tokens, got {text} bytes; shorten it"])


def input_bound(route: str, body: Body, size: int, model: Model) -> int:
    """The most tokens that the input can have. `size`: bytes of the body; a token has a byte at least."""
    messages = body.get("messages") or body.get("input") or []
    parts = len(messages) if isinstance(messages, list) else 1
    most = model.max_input_tokens * _prompts(route, body)
    if any(True for _ in _media(body)):
        # A picture's tokens depend on its size and not on the length of its address.
        return most
    bound = size + PROMPT_OVERHEAD_TOKENS * (1 + parts)
    # Servers of the platform refuse what is longer; others may take it, and charge it.
    return min(bound, most) if model.self_hosted else bound


def guessed_tokens(size: int) -> int:
    """Tokens of so many bytes of text, where nobody counted them: rather too many (English has about four a token)."""
    return -(-size // 3)


def _prompts(route: str, body: Body) -> int:
    """Completions and embeddings take lists of prompts; a list of numbers is one prompt."""
    given = body.get("prompt") if route == COMPLETIONS else body.get("input") if route == EMBEDDINGS else None
    if isinstance(given, list) and given and not isinstance(given[0], int):
        return len(given)
    return 1


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _has(value: object, name: str) -> bool:
    """Whether an object in it, at any depth, has the key."""
    level = [value]
    while level:
        if any(isinstance(item, dict) and name in item for item in level):
            return True
        inner = (
            part
            for item in level
            if isinstance(item, dict | list)
            for part in (item.values() if isinstance(item, dict) else item)
        )
        level = [part for part in inner if isinstance(part, dict | list)]
    return False


def _media(body: Body) -> Iterator[str]:
    """URLs of pictures, sounds and files in messages."""

    def look(value: object, media: bool) -> Iterator[str]:
        if isinstance(value, str):
            if media:
                yield value
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from look(inner, key == "url" or str(key).endswith(("_url", "_data")))
        elif isinstance(value, list):
            for inner in value:
                yield from look(inner, media)

    for key in ("messages", "input"):
        yield from look(body.get(key), False)


def _private_media(body: Body) -> Iterator[str]:
    """The engine may fetch media from inside the network: addresses there are refused, whatever else looks at them."""
    for url in _media(body):
        if url.startswith("data:"):
            continue
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            yield url
            continue
        if parts.scheme != "https" or not _is_public(host):
            yield url


def _is_public(host: str) -> bool:
    """Whether it is a name in the public tree: no address in whatever spelling, and no name of the cluster."""
    _, dot, last = host.rpartition(".")
    return (
        bool(dot)
        and (last.isalpha() or last.startswith("xn--"))
        and last not in ("local", "internal", "svc", "localhost")
    )
