"""What guardrails of all tenants share: processes for analysis, and connections."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import OrderedDict
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache

import httpx

from . import analyzer
from .analyzer import Span


class Resources:
    """Made once a program, closed at its end. Nothing is started before it is needed, or `warm_up` asks for it."""

    def __init__(
        self, *, processes: int = 1, cached_paragraphs: int = 4096, http: httpx.AsyncClient | None = None
    ) -> None:
        self._processes = processes
        self._cached_paragraphs = cached_paragraphs
        self._cache: OrderedDict[bytes, tuple[Span, ...]] = OrderedDict()
        self._pool: Executor | None = None
        self._http = http

    @property
    def http(self) -> httpx.AsyncClient:
        """Connections to guard models, kept open. No proxy of the environment: the model is in the cluster."""
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False)
        return self._http

    async def warm_up(self) -> None:
        """Loads the analyzer in each process. Before the program says that it is ready."""
        loop = asyncio.get_running_loop()
        pool = self._executor()
        await asyncio.gather(*(loop.run_in_executor(pool, analyzer.warm_up) for _ in range(self._processes)))

    async def analyze(
        self, texts: list[tuple[bytes, str]], entities: list[str], threshold: float, timeout_seconds: float
    ) -> list[tuple[Span, ...]]:
        """Spans of texts, each under the digest of it and of what is looked for. Outside the event loop.

        Throws `TimeoutError`, and `BrokenProcessPool` when the process died twice.
        """
        missing = [(digest, text) for digest, text in dict(texts).items() if digest not in self._cache]
        found: dict[bytes, tuple[Span, ...]] = {}
        if missing:
            spans = await asyncio.wait_for(
                self._run([text for _, text in missing], entities, threshold), timeout_seconds
            )
            found = {digest: tuple(result) for (digest, _), result in zip(missing, spans, strict=True)}
        results = [found[digest] if digest in found else self._cached(digest) for digest, _ in texts]
        for digest, result in found.items():
            self._cache[digest] = result
        while len(self._cache) > self._cached_paragraphs:
            self._cache.popitem(last=False)
        return results

    def close(self) -> None:
        """Ends the processes. What is under way is not waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def aclose(self) -> None:
        """Ends the processes and the connections."""
        self.close()
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _cached(self, digest: bytes) -> tuple[Span, ...]:
        self._cache.move_to_end(digest)
        return self._cache[digest]

    async def _run(self, texts: list[str], entities: list[str], threshold: float) -> list[list[Span]]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor(), analyzer.analyze, texts, entities, threshold)
        except BrokenProcessPool:
            # The kernel may have killed it for its memory; the next one starts clean.
            self.close()
            return await loop.run_in_executor(self._executor(), analyzer.analyze, texts, entities, threshold)

    def _executor(self) -> Executor:
        if self._pool is None:
            # Not fork: this program has threads and open connections.
            self._pool = ProcessPoolExecutor(self._processes, mp_context=multiprocessing.get_context("spawn"))
        return self._pool


@lru_cache(maxsize=1)
def shared_resources() -> Resources:
    """Those of this program, for chains that are given none: a pool for each tenant would be too many processes."""
    return Resources()
