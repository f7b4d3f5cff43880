from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llm_gateway.config import ConfigError, load, parse

from ..support import policy


def problems(data: object) -> list[str]:
    with pytest.raises(ConfigError) as error:
        parse(data)
    return error.value.problems


def changed(**model: Any) -> dict[str, Any]:
    base = policy()
    return policy(models=[{**base["models"][0], **model}])


def test_a_right_policy() -> None:
    tenant = {
        "name": "search",
        "models": ["chat"],
        "requestsPerMinute": 60,
        "tokensPerMinute": 100_000,
        "budgetUsdPerMonth": 0.29,
        "guardrails": [{"name": "pii", "action": "mask"}],
        "cache": "exact",
        "promptLogging": True,
        "dedicated": False,
    }
    guardrails = [{"name": "pii", "kind": "pii", "entities": ["EMAIL_ADDRESS"]}]
    config = parse(policy(tenants=[tenant], guardrails=guardrails, redis={"timeoutSeconds": 0.2}))
    assert config.redis_timeout_seconds == 0.2
    assert config.max_body_bytes == 1_048_576
    assert config.tenants["search"].budget_micro_usd == 290_000
    assert config.tenants["search"].guardrails[0].action == "mask"
    assert config.guardrails == (guardrails[0],)


def test_absent_limits_are_none() -> None:
    tenant = parse(policy()).tenants["search"]
    assert (tenant.requests_per_minute, tenant.tokens_per_minute, tenant.budget_micro_usd) == (None, None, None)
    assert tenant.cache == "none" and not tenant.prompt_logging


def test_every_problem_at_once() -> None:
    tenants = [
        {"name": "a", "models": ["chat", "nope"], "budgetUsdPerMonth": 0, "requestsPerMinute": 0, "cashe": "exact"},
        {"name": "a", "models": []},
    ]
    found = problems({**policy(tenants=tenants), "version": 2, "maxBodyBytes": -1})
    assert found == [
        "policy.version: expected 1, got 2; use a gateway image of the same release as the policy",
        "tenants.a.cashe: expected one of name, models, requestsPerMinute, tokensPerMinute, budgetUsdPerMonth, "
        'guardrails, cache, promptLogging, dedicated, got "cashe"; correct its spelling, or take it off',
        "tenants.a.budgetUsdPerMonth: expected a number above 0, got 0; state it",
        "tenants.a.requestsPerMinute: expected a whole number of at least 1, got 0; "
        "correct it, or leave it out for no limit",
        "tenants.a.models: expected a list of names, got []; name at least one",
        'tenants: expected one entry a name, got "a" twice; take one off',
        "policy.maxBodyBytes: expected a whole number of at least 1, got -1; state it",
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], "policy: expected a JSON object, got []"),
        (policy(models=[]), "policy.models: expected a list with an entry"),
        (policy(tenants=None), "policy.tenants: expected a list with an entry"),
        (changed(name="Chat!"), "expected 1 to 63 of a-z"),
        (changed(inputUsdPerMillionTokens=None), "inputUsdPerMillionTokens: expected a number of at least 0, got null"),
        (changed(inputUsdPerMillionTokens="1"), "inputUsdPerMillionTokens: expected a number"),
        (changed(outputUsdPerMillionTokens=-1), "outputUsdPerMillionTokens: expected a number of at least 0, got -1"),
        (changed(outputUsdPerMillionTokens=float("nan")), "outputUsdPerMillionTokens: expected a number"),
        (changed(maxOutputTokens=True), "maxOutputTokens: expected a whole number"),
        (changed(maxInputTokens=1.5), "maxInputTokens: expected a whole number"),
        (changed(selfHosted="yes"), "selfHosted: expected true or false"),
        (changed(fallbacks=["chat"]), "models.chat.fallbacks: expected no way back to the model"),
        (changed(fallbacks=["x"]), 'models.chat.fallbacks: expected names of models, got "x"'),
        (
            policy(tenants=[{"name": "a", "models": ["other"]}]),
            'tenants.a.models: expected names of models, got "other"',
        ),
        (
            policy(tenants=[{"name": "a", "models": ["chat"], "cache": "semantic"}]),
            "cache: expected one of none, exact",
        ),
        (
            policy(tenants=[{"name": "a", "models": ["chat"], "guardrails": [{"name": "pii"}]}]),
            'tenants.a.guardrails: expected names of guardrails, got "pii"',
        ),
        (policy(requestTimeoutSeconds=0), "requestTimeoutSeconds: expected a number above 0, got 0"),
        (policy(redis={"timeout": 1}), "policy.redis.timeout: expected one of timeoutSeconds"),
        (policy(guardrails=[{"name": "a", "kind": "x"}] * 2), "expected a name that no other guardrail has"),
    ],
)
def test_one_problem(data: object, expected: str) -> None:
    assert [line for line in problems(data) if expected in line]


def test_a_longer_way_back() -> None:
    base = policy()["models"][0]
    models = [{**base, "name": name, "fallbacks": [after]} for name, after in (("a", "b"), ("b", "c"), ("c", "b"))]
    found = problems(policy(models=models, tenants=[{"name": "t", "models": ["a"]}]))
    assert [line.partition(":")[0] for line in found] == ["models.b.fallbacks", "models.c.fallbacks"]


def test_a_budget_needs_prices() -> None:
    data = changed(inputUsdPerMillionTokens=0, outputUsdPerMillionTokens=0)
    data["tenants"] = [{"name": "a", "models": ["chat"], "budgetUsdPerMonth": 1}]
    assert "expected only models with a price" in problems(data)[0]


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    with pytest.raises(ConfigError, match="expected a readable file of JSON"):
        load(file)
    file.write_text("{")
    with pytest.raises(ConfigError, match="expected a readable file of JSON"):
        load(file)
    file.write_text(json.dumps(policy()))
    assert list(load(file).models) == ["chat"]
