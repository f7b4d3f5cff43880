from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from llm_gateway.engine_config import engine_problems

RIGHT: dict[str, Any] = {
    "model_list": [],
    "litellm_settings": {
        "callbacks": ["prometheus", "llm_gateway.litellm_hooks.policy_hook"],
        "enable_post_custom_auth_checks": True,
        "cache": True,
        "enable_caching_on_provider_specific_optional_params": True,
        "cache_params": {"type": "redis", "mode": "default_off"},
    },
    "general_settings": {
        "custom_auth": "llm_gateway.litellm_hooks.user_api_key_auth",
        "custom_auth_run_common_checks": True,
    },
}


def problems(folder: Path, config: object, **environment: str) -> list[str]:
    file = folder / "config.yaml"
    file.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    return engine_problems(file, environment)


def test_a_right_configuration(tmp_path: Path) -> None:
    assert problems(tmp_path, RIGHT) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c["general_settings"].pop("custom_auth"), "general_settings.custom_auth"),
        (lambda c: c["general_settings"].pop("custom_auth_run_common_checks"), "custom_auth_run_common_checks"),
        (lambda c: c["litellm_settings"].pop("enable_post_custom_auth_checks"), "enable_post_custom_auth_checks"),
        (lambda c: c["litellm_settings"].update(callbacks=["prometheus"]), "litellm_settings.callbacks"),
        (lambda c: c["litellm_settings"]["cache_params"].pop("mode"), "cache_params.mode"),
        (
            lambda c: c["litellm_settings"].pop("enable_caching_on_provider_specific_optional_params"),
            "enable_caching_on_provider_specific_optional_params",
        ),
        (lambda c: c["general_settings"].update(master_key="sk-1"), "general_settings.master_key"),
        (lambda c: c["general_settings"].update(database_url="x"), "general_settings.database_url"),
        (lambda c: c["general_settings"].update(pass_through_endpoints=[{}]), "pass_through_endpoints"),
        (lambda c: c["litellm_settings"].update(success_callback=["x"]), "litellm_settings.success_callback"),
        (lambda c: c.update(mcp_servers={"a": {}}), "mcp_servers"),
        (lambda c: c.update(environment_variables={"A": "b"}), "environment_variables"),
    ],
)
def test_what_the_policy_depends_on(tmp_path: Path, change: Callable[[dict[str, Any]], Any], expected: str) -> None:
    config = copy.deepcopy(RIGHT)
    change(config)
    found = problems(tmp_path, config)
    assert len(found) == 1, found
    assert expected in found[0]


def test_every_problem_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, {}, DATABASE_URL="postgres://")) == 5
    assert "expected a readable file of YAML" in problems(tmp_path, "{")[0]
