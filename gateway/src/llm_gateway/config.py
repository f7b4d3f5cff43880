"""The configuration: read, checked as a whole, and typed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MICRO_USD = 1_000_000
"""Micro-USD a USD. Money is counted in integers of micro-USD: sums of binary fractions drift."""

GUARDRAIL_ACTIONS = ("block", "mask", "report")
CACHES = ("none", "exact")

# Names become parts of Redis keys, file names and metric labels.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")


class ConfigError(Exception):
    """The configuration is wrong; the message lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Model:
    """A model that tenants ask for by name."""

    name: str
    self_hosted: bool
    """Whether it is served by vLLM of the platform: then prefix caches are kept apart by tenant."""
    input_usd_per_million_tokens: float
    """Also micro-USD a token."""
    output_usd_per_million_tokens: float
    """Also micro-USD a token."""
    max_input_tokens: int
    max_output_tokens: int
    """0 for models that only embed. Together with `max_input_tokens` it must fit in the model's context."""
    fallbacks: tuple[str, ...] = ()
    revision: str | None = None
    """What the header `x-llm-revision` says where the upstream does not say it itself."""

    def micro_usd(self, input_tokens: int, output_tokens: int) -> int:
        """Cost in micro-USD, rounded up."""
        return math.ceil(
            input_tokens * self.input_usd_per_million_tokens + output_tokens * self.output_usd_per_million_tokens
        )


@dataclass(frozen=True)
class TenantGuardrail:
    """A guardrail as one tenant has it."""

    name: str
    action: str


@dataclass(frozen=True)
class Tenant:
    """Who asks, and what it may."""

    name: str
    models: tuple[str, ...]
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Input and output tokens together."""
    budget_micro_usd: int | None = None
    """A calendar month's budget (UTC) in micro-USD."""
    guardrails: tuple[TenantGuardrail, ...] = ()
    cache: str = "none"
    prompt_logging: bool = False
    dedicated: bool = False


@dataclass(frozen=True)
class Config:
    """The whole configuration, checked."""

    max_body_bytes: int
    request_timeout_seconds: float
    redis_timeout_seconds: float
    models: Mapping[str, Model]
    tenants: Mapping[str, Tenant]
    guardrails: tuple[Mapping[str, Any], ...]
    """As they were given: their kinds check their own options."""


def load(path: str | Path) -> Config:
    """Reads the file `POLICY_CONFIG`. Throws `ConfigError` with every problem, also when it is no JSON."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: expected a readable file of JSON, got {error}; mount the policy there"]) from error
    return parse(data)


def parse(data: object) -> Config:
    """Checks the configuration. Throws `ConfigError` with every problem."""
    problems: list[str] = []
    root = _Reader(data, "policy", problems)
    if root.get("version") != 1:
        root.problem("version", "1", root.get("version"), "use a gateway image of the same release as the policy")
    root.only("version", "maxBodyBytes", "requestTimeoutSeconds", "redis", "models", "tenants", "guardrails")
    redis = root.child("redis")
    redis.only("timeoutSeconds")
    models = _named("models", [_model(item) for item in root.children("models", required=True)], problems)
    tenants = _named("tenants", [_tenant(item) for item in root.children("tenants", required=True)], problems)
    guardrails = root.children("guardrails")
    names = _guardrail_names(guardrails)
    for model in models.values():
        problems.extend(_fallback_problems(model, models))
    for tenant in tenants.values():
        problems.extend(_reference_problems(tenant, models, names))
    config = Config(
        max_body_bytes=root.integer("maxBodyBytes", minimum=1, default=1_048_576) or 1,
        request_timeout_seconds=root.number("requestTimeoutSeconds", above=0, default=600),
        redis_timeout_seconds=redis.number("timeoutSeconds", above=0, default=0.5),
        models=models,
        tenants=tenants,
        guardrails=tuple(item.raw for item in guardrails),
    )
    if problems:
        raise ConfigError(problems)
    return config


def _model(item: _Reader) -> Model:
    item.only(
        "name",
        "selfHosted",
        "inputUsdPerMillionTokens",
        "outputUsdPerMillionTokens",
        "maxInputTokens",
        "maxOutputTokens",
        "fallbacks",
        "revision",
    )
    return Model(
        name=item.name(),
        self_hosted=item.boolean("selfHosted"),
        # Without a price a budget would count nothing, so it has no default.
        input_usd_per_million_tokens=item.number("inputUsdPerMillionTokens", minimum=0),
        output_usd_per_million_tokens=item.number("outputUsdPerMillionTokens", minimum=0),
        max_input_tokens=item.integer("maxInputTokens", minimum=1) or 1,
        max_output_tokens=item.integer("maxOutputTokens", minimum=0) or 0,
        fallbacks=item.strings("fallbacks"),
        revision=item.string("revision", optional=True),
    )


def _tenant(item: _Reader) -> Tenant:
    item.only(
        "name",
        "models",
        "requestsPerMinute",
        "tokensPerMinute",
        "budgetUsdPerMonth",
        "guardrails",
        "cache",
        "promptLogging",
        "dedicated",
    )
    budget = item.number("budgetUsdPerMonth", above=0, default=None) if item.has("budgetUsdPerMonth") else None
    guardrails = []
    for guardrail in item.children("guardrails"):
        guardrail.only("name", "action")
        action = guardrail.choice("action", GUARDRAIL_ACTIONS, default="block")
        guardrails.append(TenantGuardrail(guardrail.string("name") or "", action))
    return Tenant(
        name=item.name(),
        models=item.strings("models", required=True),
        requests_per_minute=item.integer("requestsPerMinute", minimum=1, optional=True),
        tokens_per_minute=item.integer("tokensPerMinute", minimum=1, optional=True),
        budget_micro_usd=None if budget is None else math.floor(budget * MICRO_USD),
        guardrails=tuple(guardrails),
        cache=item.choice("cache", CACHES, default="none"),
        prompt_logging=item.boolean("promptLogging"),
        dedicated=item.boolean("dedicated"),
    )


def _guardrail_names(guardrails: list[_Reader]) -> set[str]:
    names: set[str] = set()
    for item in guardrails:
        name = item.string("name") or ""
        item.string("kind")
        if name in names:
            item.problem("name", "a name that no other guardrail has", name, "rename one of them")
        names.add(name)
    return names


def _fallback_problems(model: Model, models: Mapping[str, Model]) -> list[str]:
    problems = []
    for name in model.fallbacks:
        if name not in models:
            problems.append(
                f"models.{model.name}.fallbacks: expected names of models, got {_show(name)}; declare it or take it off"
            )
    reached = list(model.fallbacks)
    for name in reached:
        reached += [after for after in (models[name].fallbacks if name in models else ()) if after not in reached]
    if model.name in reached:
        problems.append(
            f"models.{model.name}.fallbacks: expected no way back to the model, got {' → '.join(model.fallbacks)}, "
            f"of which one falls back to {model.name}; take one of them off"
        )
    return problems


def _reference_problems(tenant: Tenant, models: Mapping[str, Model], guardrails: set[str]) -> list[str]:
    where = f"tenants.{tenant.name}"
    problems = [
        f"{where}.models: expected names of models, got {_show(name)}; declare it, or take it off"
        for name in tenant.models
        if name not in models
    ]
    problems += [
        f"{where}.guardrails: expected names of guardrails, got {_show(guardrail.name)}; declare it, or take it off"
        for guardrail in tenant.guardrails
        if guardrail.name not in guardrails
    ]
    if tenant.budget_micro_usd is not None:
        problems += [
            f"{where}.budgetUsdPerMonth: expected only models with a price, got {name!r} at 0 USD; state its price"
            for name in tenant.models
            if name in models and models[name].micro_usd(1_000_000, 1_000_000) == 0
        ]
    return problems


def _named(where: str, items: list[Any], problems: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for item in items:
        if item.name in named:
            problems.append(f"{where}: expected one entry a name, got {_show(item.name)} twice; take one off")
        named[item.name] = item
    return named


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


_ABSENT = object()


class _Reader:
    """Reads one JSON object, and collects what is wrong with it."""

    def __init__(self, data: object, path: str, problems: list[str]) -> None:
        self._path = path
        self._problems = problems
        self.raw: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            problems.append(f"{path}: expected a JSON object, got {_show(data)}; see the README of the gateway")

    def get(self, key: str) -> Any:
        return self.raw.get(key)

    def has(self, key: str) -> bool:
        return self.raw.get(key) is not None

    def problem(self, key: str, expected: str, got: object, what_to_do: str) -> None:
        self._problems.append(f"{self._path}.{key}: expected {expected}, got {_show(got)}; {what_to_do}")

    def only(self, *keys: str) -> None:
        """A misspelled limit would be no limit, so unknown keys are refused."""
        for key in self.raw:
            if key not in keys:
                self.problem(key, f"one of {', '.join(keys)}", key, "correct its spelling, or take it off")

    def child(self, key: str) -> _Reader:
        return _Reader(self.get(key) if self.has(key) else {}, f"{self._path}.{key}", self._problems)

    def children(self, key: str, *, required: bool = False) -> list[_Reader]:
        value = self.get(key)
        if value is None and not required:
            return []
        if not isinstance(value, list) or (required and not value):
            self.problem(key, "a list" + (" with an entry" if required else ""), value, "state it")
            return []
        readers = []
        for index, item in enumerate(value):
            name = item.get("name") if isinstance(item, dict) else None
            label = f"{key}.{name}" if isinstance(name, str) and name else f"{key}[{index}]"
            prefix = "" if self._path == "policy" else f"{self._path}."
            readers.append(_Reader(item, f"{prefix}{label}", self._problems))
        return readers

    def name(self) -> str:
        value = self.get("name")
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            self.problem("name", "1 to 63 of a-z, 0-9, '-' and '.'", value, "rename it")
            return str(value)
        return value

    def string(self, key: str, *, optional: bool = False) -> str | None:
        value = self.get(key)
        if value is None and optional:
            return None
        if not isinstance(value, str) or not value:
            self.problem(key, "a text", value, "state it")
            return None
        return value

    def strings(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self.get(key)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or (required and not value):
            self.problem(key, "a list of names", value, "name at least one" if required else "name them")
            return ()
        return tuple(dict.fromkeys(value))

    def boolean(self, key: str) -> bool:
        value = self.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.problem(key, "true or false", value, "state one of them")
            return False
        return value

    def choice(self, key: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.get(key)
        if value is None:
            return default
        if value not in choices:
            self.problem(key, f"one of {', '.join(choices)}", value, "take one of them")
            return default
        return str(value)

    def integer(self, key: str, *, minimum: int, optional: bool = False, default: int | None = None) -> int | None:
        value = self.get(key)
        if value is None and (optional or default is not None):
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            self.problem(key, f"a whole number of at least {minimum}", value, _what_to_do(optional))
            return None
        return value

    def number(
        self, key: str, *, minimum: float | None = None, above: float | None = None, default: float | None = None
    ) -> float:
        value = self.get(key)
        if value is None and default is not None:
            return default
        wrong = isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
        if wrong or (minimum is not None and value < minimum) or (above is not None and value <= above):
            expected = f"a number above {above:g}" if above is not None else f"a number of at least {minimum or 0:g}"
            self.problem(key, expected, value, "state it")
            return 0.0
        return float(value)


def _what_to_do(optional: bool) -> str:
    return "correct it, or leave it out for no limit" if optional else "state it"
