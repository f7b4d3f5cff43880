"""How many tokens an answer took: as the engine says, or guessed from what was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .requests import guessed_tokens


@dataclass(frozen=True)
class Usage:
    """Tokens of one call."""

    input_tokens: int
    output_tokens: int
    guessed: bool = False
    """Nobody counted them: the stream ended before its usage came."""


def usage_of(answer: dict[str, Any]) -> Usage | None:
    """The usage that an answer, or an event of a stream, states; None when it states none."""
    usage = answer.get("usage")
    if usage is None and isinstance(answer.get("response"), dict):
        # The last event of a stream of /v1/responses.
        usage = answer["response"].get("usage")
    if not isinstance(usage, dict):
        return None
    given = usage.get("prompt_tokens", usage.get("input_tokens"))
    generated = usage.get("completion_tokens", usage.get("output_tokens", 0))
    if not isinstance(given, int) or not isinstance(generated, int):
        return None
    if given <= 0 or generated < 0:
        # LiteLLM fills in zeros where the upstream says nothing, and a prompt has a token at least.
        return None
    return Usage(given, generated)


class Streamed:
    """Counts what a stream delivered, for the case that its usage never comes."""

    def __init__(self) -> None:
        self._events = 0
        self._bytes = 0

    @property
    def any(self) -> bool:
        """Whether any text came."""
        return self._events > 0

    @property
    def tokens(self) -> int:
        """An event has a token at least."""
        return max(self._events, guessed_tokens(self._bytes))

    def add(self, event: dict[str, Any]) -> None:
        """Counts one event."""
        size = len(_text(event).encode())
        if size:
            self._events += 1
            self._bytes += size


def _text(event: dict[str, Any]) -> str:
    choices = event.get("choices")
    if isinstance(choices, list):
        return "".join(
            _leaves(choice.get("delta", choice.get("text"))) for choice in choices if isinstance(choice, dict)
        )
    if str(event.get("type", "")).endswith(".delta"):
        return _leaves(event.get("delta"))
    return ""


def _leaves(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_leaves(inner) for key, inner in value.items() if key not in ("role", "type", "id"))
    if isinstance(value, list):
        return "".join(_leaves(inner) for inner in value)
    return ""


def is_usage_only(event: dict[str, Any]) -> bool:
    """Whether an event holds nothing but usage: a client that did not ask for it must not get it."""
    choices = event.get("choices")
    if event.get("usage") is None or not isinstance(choices, list):
        return False
    return not any(
        choice.get("finish_reason") or _leaves(choice.get("delta", choice.get("text"))) for choice in choices
    )
