"""The kind `input-rules`: size, roles and media of requests."""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

from .bodies import media_urls, request_texts, token_arrays
from .options import Options
from .text_guardrail import TextGuardrail
from .verdict import Assessment, Body, Finding

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_DOMAIN = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class InputRules(TextGuardrail):
    """Limits of what a request may hold. There is nothing to mask: it is refused, or reported."""

    def __init__(
        self,
        name: str,
        *,
        max_characters: int | None = None,
        max_estimated_tokens: int | None = None,
        max_messages: int | None = None,
        roles: tuple[str, ...] = ROLES,
        media_domains: tuple[str, ...] = (),
        data_urls: bool = True,
        token_arrays: bool = False,
    ) -> None:
        super().__init__(name, "")
        self._max_characters = max_characters
        self._max_estimated_tokens = max_estimated_tokens
        self._max_messages = max_messages
        self._roles = roles
        self._media_domains = media_domains
        self._data_urls = data_urls
        self._token_arrays = token_arrays

    @classmethod
    def from_options(cls, name: str, options: Options) -> InputRules:
        """`maxCharacters`, `maxEstimatedTokens`, `maxMessages`, `roles`, `mediaDomains`, `dataUrls`, `tokenArrays`."""
        domains = options.texts("mediaDomains", default=())
        for domain in domains:
            if not _DOMAIN.fullmatch(domain):
                options.problem(
                    "mediaDomains", "names of domains in lower case", domain, "write example.com or *.example.com"
                )
        return cls(
            name,
            max_characters=options.integer("maxCharacters", default=None),
            max_estimated_tokens=options.integer("maxEstimatedTokens", default=None),
            max_messages=options.integer("maxMessages", default=None),
            roles=options.texts("roles", default=ROLES, choices=ROLES),
            media_domains=domains,
            data_urls=options.flag("dataUrls", default=True),
            token_arrays=options.flag("tokenArrays", default=False),
        )

    async def before(self, request: Body) -> Assessment:
        """Every limit that is passed, in one message."""
        problems: list[tuple[Finding, str]] = []
        texts = request_texts(request)
        characters = sum(len(text.text) for text in texts)
        if self._max_characters is not None and characters > self._max_characters:
            problems.append(
                (Finding("characters", "body"), f"at most {self._max_characters} characters, got {characters}")
            )
        tokens = sum(estimated_tokens(text.text) for text in texts)
        if self._max_estimated_tokens is not None and tokens > self._max_estimated_tokens:
            expected = f"about {self._max_estimated_tokens} tokens at most, got about {tokens}"
            problems.append((Finding("estimated-tokens", "body"), expected))
        problems += self._message_problems(request)
        for where, url in media_urls(request):
            problem = self._media_problem(url)
            if problem is not None:
                problems.append((Finding("media", where), f"{where}: {problem}"))
        if not self._token_arrays:
            problems += [
                (Finding("token-array", where), f"{where}: text, got numbers of tokens")
                for where in token_arrays(request)
            ]
        if not problems:
            return Assessment()
        message = "Expected " + "; ".join(problem for _, problem in problems) + "."
        return Assessment(tuple(finding for finding, _ in problems), None, message)

    def _message_problems(self, request: Body) -> list[tuple[Finding, str]]:
        problems: list[tuple[Finding, str]] = []
        for key in ("messages", "input"):
            messages = request.get(key)
            # A list of texts to embed is no conversation.
            if not isinstance(messages, list) or not any(isinstance(message, dict) for message in messages):
                continue
            if self._max_messages is not None and len(messages) > self._max_messages:
                problems.append((Finding("messages", key), f"at most {self._max_messages} {key}, got {len(messages)}"))
            allowed = ", ".join(self._roles)
            for index, message in enumerate(messages):
                # Items of a response's input that are no messages have no role.
                role = (
                    message.get("role", None if key == "messages" else "user") if isinstance(message, dict) else "user"
                )
                if role not in self._roles:
                    where = f"{key}[{index}].role"
                    problems.append((Finding("role", where), f"{where}: one of {allowed}"))
        return problems

    def _media_problem(self, url: str) -> str | None:
        if url[:5].lower() == "data:":
            return None if self._data_urls else "no data URL"
        allowed = ", ".join(self._media_domains) or "none"
        # Parsers differ about these, and the engine has another one.
        if re.search(r"[\x00-\x20\x7f\\]", url) or not url.isascii():
            return "a URL without spaces, control characters, backslashes or letters outside ASCII"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return "a valid URL"
        if (
            parts.scheme != "https"
            or parts.username is not None
            or parts.password is not None
            or port not in (None, 443)
        ):
            return "an https URL without user and port"
        host = (parts.hostname or "").lower()
        if any(_is_under(host, domain) for domain in self._media_domains):
            return None
        return f"a host of the list ({allowed})"


def estimated_tokens(text: str) -> int:
    """An estimate, not a count: a token for 4 characters of ASCII, and for each other character.

    Texts of other scripts come out too high with newer tokenizers, numbers and rare words too low.
    """
    others = sum(1 for character in text if character > "\x7f")
    return math.ceil((len(text) - others) / 4) + others


def _is_under(host: str, domain: str) -> bool:
    return host.endswith(domain[1:]) and len(host) > len(domain) - 1 if domain.startswith("*.") else host == domain
