"""Where the guardrails join: this program knows them by the protocol in policy.py alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import asdict

from .config import Config, ConfigError
from .policy import Guardrails


def guardrails_of(config: Config) -> Mapping[str, Guardrails]:
    """The guardrails of each tenant that has any. Throws `ConfigError` when they are missing in this image."""
    tenants = [tenant for tenant in config.tenants.values() if tenant.guardrails]
    if not tenants:
        # Their packages take seconds to load.
        return {}
    try:
        chain = importlib.import_module("llm_gateway.guardrails").GuardrailChain
    except ImportError as error:
        raise ConfigError(
            [
                f"tenants.{tenant.name}.guardrails: expected none, since this image has no guardrails ({error.name}), "
                f"got {len(tenant.guardrails)}; take them off, or use an image that has them"
                for tenant in tenants
            ]
        ) from error
    return {
        tenant.name: chain.from_config(
            [dict(guardrail) for guardrail in config.guardrails],
            {"name": tenant.name, "guardrails": [asdict(guardrail) for guardrail in tenant.guardrails]},
        )
        for tenant in tenants
    }
