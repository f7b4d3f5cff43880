"""The kind `guard-model`: asks a model that judges texts, such as Llama Guard, over the OpenAI API."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import httpx

from .bodies import TextAt, request_texts, token_arrays
from .guardrail import Filtered, TextFilter
from .options import Options
from .resources import Resources
from .segments import Segments
from .text_guardrail import TextGuardrail
from .verdict import Assessment, Body, Finding, Severity

DEFAULT_MAX_CHARACTERS = 16_000
_CATEGORY = re.compile(r"[A-Za-z0-9_-]{1,32}")
_ROLES = ("user", "tool", "function")


class GuardModelUnavailable(Exception):
    """No judgment was had; the message says why, without content."""


class GuardModel(TextGuardrail):
    """Sends texts to a model of the platform that answers `safe`, or `unsafe` and codes of categories."""

    def __init__(
        self,
        name: str,
        resources: Resources,
        *,
        base_url: str,
        model: str,
        api_key_env: str | None = None,
        timeout_seconds: float = 5,
        fail_open: bool = False,
        max_characters: int = DEFAULT_MAX_CHARACTERS,
        requests: bool = True,
        answers: bool = False,
        window_characters: int = 1000,
    ) -> None:
        super().__init__(name, "A model that judges texts refused this one.")
        self._resources = resources
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._api_key_env = api_key_env
        self._timeout_seconds = timeout_seconds
        self._fail_open = fail_open
        self._max_characters = max_characters
        self._requests = requests
        self._answers = answers
        self._window_characters = window_characters

    @classmethod
    def from_options(cls, name: str, options: Options, resources: Resources) -> GuardModel:
        """`baseUrl`, `model`, `apiKeyEnv`, `timeoutSeconds`, `failure`, `maxCharacters`, `requests`, `answers`,
        `windowCharacters`."""
        base_url = options.text("baseUrl")
        if base_url and not re.match(r"https?://[^\s/?#@]+", base_url):
            options.problem(
                "baseUrl", "an http or https URL such as http://guard.models:8000/v1", base_url, "correct it"
            )
        requests = options.flag("requests", default=True)
        answers = options.flag("answers", default=False)
        if not requests and not answers:
            options.problem("requests", "this or answers to be true", False, "take the guardrail off")
        api_key_env = options.text("apiKeyEnv", default="-")
        return cls(
            name,
            resources,
            base_url=base_url,
            model=options.text("model"),
            api_key_env=None if api_key_env == "-" else api_key_env,
            timeout_seconds=options.number("timeoutSeconds", default=5),
            fail_open=options.choice("failure", default="closed", choices=("open", "closed")) == "open",
            max_characters=options.integer("maxCharacters", default=DEFAULT_MAX_CHARACTERS) or DEFAULT_MAX_CHARACTERS,
            requests=requests,
            answers=answers,
            window_characters=options.integer("windowCharacters", default=1000) or 1000,
        )

    async def before(self, request: Body) -> Assessment:
        """One question about all that people and tools said."""
        if not self._requests:
            return Assessment()
        unread = [Finding("TOKENS_NOT_READABLE", where) for where in token_arrays(request)]
        if unread:
            return Assessment(tuple(unread), None, "The input must be text: numbers of tokens cannot be judged.")
        texts: list[TextAt] = [text for text in request_texts(request) if text.role in _ROLES]
        if not texts:
            return Assessment()
        findings = await self._judged("\n\n".join(text.text for text in texts), "body")
        unavailable = any(finding.kind == "NOT_JUDGED" for finding in findings)
        message = "The model that judges texts did not answer. Try again." if unavailable else self.message
        return Assessment(tuple(findings), None, message if findings else "")

    def during(self, *, where: str, stop: bool) -> TextFilter | None:
        """Delivers window by window; each is judged with all of the answer before it."""
        if not self._answers:
            return None
        before: list[str] = []

        async def judge(segment: str, _: int) -> Filtered:
            before.append(segment)
            findings = tuple(await self._judged("".join(before), where))
            # There is nothing to mask in a judgment, so the text ends here in either case.
            stopped = any(finding.severity == Severity.STOP for finding in findings)
            return Filtered("" if stopped else segment, findings, stopped=stopped)

        return Segments(judge, longest=self._window_characters, lines=False)

    async def _judged(self, text: str, where: str) -> list[Finding]:
        if len(text) > self._max_characters:
            return [Finding("TOO_LONG", where)]
        try:
            categories = await self._ask(text)
        except GuardModelUnavailable:
            # Failing open still leaves a trace: it does not stop, and is in the audit log.
            severity = Severity.NOTE if self._fail_open else Severity.STOP
            return [Finding("NOT_JUDGED", where, severity=severity)]
        return [Finding(f"unsafe.{category}", where) for category in categories]

    async def _ask(self, text: str) -> list[str]:
        """Codes of what is wrong with the text; none when it is safe. Throws `GuardModelUnavailable`."""
        headers = {}
        if self._api_key_env is not None:
            headers["authorization"] = f"Bearer {os.environ.get(self._api_key_env, '')}"
        question = {
            "model": self._model,
            "messages": [{"role": "user", "content": text}],
            "temperature": 0,
            "max_tokens": 32,
        }
        try:
            response = await self._resources.http.post(
                self._url, json=question, headers=headers, timeout=self._timeout_seconds
            )
            response.raise_for_status()
            answer: Any = response.json()["choices"][0]["message"]["content"]
        except (httpx.HTTPError, json.JSONDecodeError, KeyError, IndexError, TypeError) as error:
            raise GuardModelUnavailable(type(error).__name__) from error
        words = answer.replace(",", " ").split() if isinstance(answer, str) else []
        if words and words[0].lower() == "safe":
            return []
        if words and words[0].lower() == "unsafe":
            # Codes come from a model: only what looks like one goes to the audit log.
            codes = [word for word in words[1:] if _CATEGORY.fullmatch(word)]
            return codes or ["unspecified"]
        raise GuardModelUnavailable("the answer was neither safe nor unsafe")
