"""LiteLLM as the engine. The only file that imports it.

Its configuration names two things of this file (see engine_config.py): `user_api_key_auth` and `policy_hook`.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path
from typing import Any

from .call import Call, current_call
from .exchange import App
from .policy import Policy

# What LiteLLM reads from the environment when it is imported. Names and prices come from the configuration and not
# from the internet; nobody shall log in, and its log may hold content.
os.environ.update(
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    LITELLM_MODE="PRODUCTION",
    NO_DOCS="True",
    NO_REDOC="True",
    DISABLE_ADMIN_UI="True",
    LITELLM_LOG="CRITICAL",
    # It refuses to start without one. Nobody knows this one, and no route that takes it is let through.
    LITELLM_MASTER_KEY=f"sk-{secrets.token_hex(32)}",
)

from fastapi import Request
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy._types import ProxyException, UserAPIKeyAuth


class LiteLlm:
    """The engine: LiteLLM's proxy in this process."""

    def __init__(self, config: Path, policy: Policy) -> None:
        """`config`: its config.yaml, which `engine_problems` has seen."""
        # Their lines hold upstreams' errors, which may repeat what was asked. What failed is in the audit log.
        for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
            logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.CRITICAL)
        os.environ["CONFIG_FILE_PATH"] = str(config)
        policy_hook.policy = policy
        # Starting the proxy reads the environment; so not before it is complete.
        from litellm.proxy.proxy_server import app

        self.app: App = app

    def read_headers(self, call: Call, headers: dict[str, str]) -> None:
        """Revision and cache, as LiteLLM's headers say them."""
        call.revision = headers.get("llm_provider-x-llm-revision")
        # It comes with chats and completions from the cache alone; others are not cached (see `Policy.prepared`).
        call.cache_hit = "x-litellm-cache-key" in headers


async def user_api_key_auth(request: Request, api_key: str | None) -> UserAPIKeyAuth:
    """Who asks was found out in front of the engine; here it learns which models may be asked, fallbacks too."""
    call = current_call.get()
    if call is None:
        # Nothing reaches the engine but through the front.
        raise ProxyException(message="not found", type="not_found", param=None, code=404)
    return UserAPIKeyAuth(
        api_key=call.key, user_id=call.tenant.name, team_id=call.tenant.name, models=list(call.tenant.models)
    )


class PolicyHook(CustomLogger):  # type: ignore[misc]
    """What LiteLLM tells while it works on a call."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: Policy | None = None

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any]:
        """Called for each deployment that is asked: notes the model, and keeps tenants' prefixes apart."""
        call = current_call.get()
        if call is None or self.policy is None:
            raise RuntimeError("a deployment was asked outside of a call")
        metadata = kwargs.get("metadata") or {}
        group = metadata.get("model_group") or (kwargs.get("litellm_metadata") or {}).get("model_group") or ""
        model = self.policy.may_ask(call.tenant, group)
        if model is None:
            # LiteLLM checks it too. Its price was not in what was reserved.
            raise RuntimeError("a model was asked that the tenant may not use")
        call.attempts.append(model.name)
        call.answered_by = model
        if model.self_hosted:
            kwargs["extra_body"] = {
                **(kwargs.get("extra_body") or {}),
                "cache_salt": self.policy.cache_salt(call.tenant),
            }
        return kwargs


policy_hook = PolicyHook()
