"""Where the guardrails join: this program knows them by the protocol in policy.py alone."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType

from .config import Config, ConfigError, Tenant
from .policy import Guardrails


@asynccontextmanager
async def guardrails_of(config: Config) -> AsyncIterator[Mapping[str, Guardrails]]:
    """The guardrails of each tenant that has any, ready for use. Throws `ConfigError` with every problem."""
    tenants = [tenant for tenant in config.tenants.values() if tenant.guardrails]
    if not tenants:
        # Their packages take seconds to load.
        yield {}
        return
    try:
        module = importlib.import_module("llm_gateway.guardrails")
    except ImportError as error:
        raise ConfigError(
            [
                f"tenants.{tenant.name}.guardrails: expected none, since this image has no guardrails ({error.name}), "
                f"got {len(tenant.guardrails)}; take them off, or use an image that has them"
                for tenant in tenants
            ]
        ) from error
    chains = _chains(module, config, tenants)
    resources = module.shared_resources()
    try:
        if any(guardrail.get("kind") == "pii" for guardrail in config.guardrails):
            # Otherwise the first request waits for what it loads.
            await resources.warm_up()
        yield chains
    finally:
        await resources.aclose()


def _chains(module: ModuleType, config: Config, tenants: list[Tenant]) -> dict[str, Guardrails]:
    chains: dict[str, Guardrails] = {}
    # The same problem of a guardrail is told once, and not again for each tenant that has it.
    problems: dict[str, None] = {}
    for tenant in tenants:
        try:
            chains[tenant.name] = module.GuardrailChain.from_config(config.guardrails, tenant)
        except module.GuardrailConfigError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise ConfigError(list(problems))
    return chains
