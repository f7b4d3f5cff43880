"""`python -m llm_gateway`: the gateway of one pod.

Environment: `POLICY_CONFIG` (default /etc/llm-gateway/policy/policy.json), `KEYS_FOLDER` (default
/etc/llm-gateway/keys), `REDIS_URL`, `GRACEFUL_SHUTDOWN_TIMEOUT` (seconds for calls under way after SIGTERM; default
600).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import uvicorn

from . import budgets, config
from .audit import AuditLog
from .engine_config import engine_problems
from .exchange import App
from .front import Front
from .guards import guardrails_of
from .operations import Operations
from .policy import Guardrails, Policy
from .tenants import Keyring

MAX_CONNECTIONS = 1000
"""Of one pod, also those at rest; what is more gets a 503 at once. Each may hold a body of `maxBodyBytes`."""


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's own handling ends the process before the last call is settled."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="llm_gateway")
    parser.add_argument(
        "--config", type=Path, help="the engine's configuration; default: config.yaml beside the policy"
    )
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - the pod's network policy says who comes in
    parser.add_argument("--port", type=int, default=4000, help="port of the five routes")
    parser.add_argument("--management-port", type=int, default=4001, help="port of probes and metrics")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Serves until SIGTERM, then until the last call is settled. Throws `ConfigError` with every problem."""
    policy_file = Path(os.environ.get("POLICY_CONFIG", "/etc/llm-gateway/policy/policy.json"))
    engine_file = options.config or policy_file.with_name("config.yaml")
    problems = engine_problems(engine_file, os.environ)
    redis_url = os.environ.get("REDIS_URL", "")
    if not redis_url.startswith(("redis://", "rediss://")):
        problems.append("REDIS_URL: expected redis://… or rediss://…, got something else; limits and budgets are there")
    try:
        settings = config.load(policy_file)
    except config.ConfigError as error:
        raise config.ConfigError([*error.problems, *problems]) from None
    if problems:
        raise config.ConfigError(problems)
    async with guardrails_of(settings) as guardrails:
        await _serve(options, engine_file, redis_url, settings, guardrails)


async def _serve(
    options: argparse.Namespace,
    engine_file: Path,
    redis_url: str,
    settings: config.Config,
    guardrails: Mapping[str, Guardrails],
) -> None:
    ledger = budgets.Ledger(budgets.connect(redis_url, settings.redis_timeout_seconds))
    keyring = Keyring(os.environ.get("KEYS_FOLDER", "/etc/llm-gateway/keys"), settings.tenants)
    audit = AuditLog(sys.stdout)
    # The engine prints; the standard output holds the audit log and nothing else.
    sys.stdout = sys.stderr
    policy = Policy(settings, keyring, ledger, audit, guardrails=guardrails)
    # Late, since it takes seconds: a wrong policy is told at once.
    from .litellm_hooks import LiteLlm

    front = Front(policy, LiteLlm(engine_file, policy))
    for tenant in keyring.without_keys():
        logging.warning("tenant %s has no key: nobody can be it", tenant)
    server = _Server(front_config(front, options.host, options.port))
    operations = _Server(
        uvicorn.Config(
            Operations(policy, lambda: server.started and not server.should_exit),
            host=options.host,
            port=options.management_port,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="off",
        )
    )

    def end() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    watching = asyncio.create_task(operations.serve())
    try:
        await server.serve()
    finally:
        await ledger.close()
        operations.should_exit = True
        await watching
    if not server.started:
        raise SystemExit(3)


def front_config(front: App, host: str, port: int) -> uvicorn.Config:
    """How the five routes are served."""
    return uvicorn.Config(
        front,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        ws="none",
        lifespan="on",
        # Longer than the load balancer's, so that it never sends into a connection that is being closed.
        timeout_keep_alive=4060,
        timeout_graceful_shutdown=int(os.environ.get("GRACEFUL_SHUTDOWN_TIMEOUT", "600")),
    )


def main() -> None:
    """Starts the gateway; a wrong configuration ends it with every problem, one a line."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(serve(arguments()))
    except config.ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
