"""What the policy needs of LiteLLM's configuration. Known before LiteLLM is loaded, which takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml  # type: ignore[import-untyped]

AUTHENTICATE = "llm_gateway.litellm_hooks.user_api_key_auth"
HOOK = "llm_gateway.litellm_hooks.policy_hook"

# The management side, through which its known holes led.
_FORBIDDEN = {
    "general_settings": ("master_key", "database_url", "store_model_in_db", "pass_through_endpoints", "ui_access_mode"),
    "litellm_settings": ("success_callback", "failure_callback", "mcp_aliases"),
}


def engine_problems(path: Path, environment: Mapping[str, str]) -> list[str]:
    """Every problem of LiteLLM's configuration, as far as the policy depends on it."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        return [f"{path}: expected a readable file of YAML, got {error}; mount it beside the policy"]
    sections = config if isinstance(config, dict) else {}
    general, settings = sections.get("general_settings") or {}, sections.get("litellm_settings") or {}
    problems = []

    def expect(where: str, expected: object, got: object) -> None:
        if got != expected:
            problems.append(f"{where}: expected {expected!r}, got {got!r}; the policy depends on it")

    expect("general_settings.custom_auth", AUTHENTICATE, general.get("custom_auth"))
    expect("general_settings.custom_auth_run_common_checks", True, general.get("custom_auth_run_common_checks"))
    expect("litellm_settings.enable_post_custom_auth_checks", True, settings.get("enable_post_custom_auth_checks"))
    if HOOK not in (settings.get("callbacks") or []):
        problems.append(
            f"litellm_settings.callbacks: expected {HOOK} among them, got {settings.get('callbacks')!r}; add it"
        )
    if settings.get("cache"):
        # Only a request that carries a tenant's namespace is looked up.
        expect("litellm_settings.cache_params.mode", "default_off", (settings.get("cache_params") or {}).get("mode"))
        # Without it the key leaves out what only some engines know, and another question's answer is served.
        name = "enable_caching_on_provider_specific_optional_params"
        expect(f"litellm_settings.{name}", True, settings.get(name))
    problems += [
        f"{section}.{name}: expected nothing, got a setting; the management side of the engine is not run"
        for section, names in _FORBIDDEN.items()
        for name in names
        if (sections.get(section) or {}).get(name) is not None
    ]
    for name in ("mcp_servers", "mcp_tools", "vector_store_registry", "environment_variables", "guardrails"):
        if sections.get(name) is not None:
            problems.append(f"{name}: expected nothing, got a setting; the management side of the engine is not run")
    for name in ("DATABASE_URL", "STORE_MODEL_IN_DB", "LITELLM_LICENSE"):
        if environment.get(name):
            problems.append(f"{name}: expected no such variable, got one; the management side of the engine is not run")
    return problems
