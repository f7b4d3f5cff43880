"""Figures for Prometheus. Labels come from the configuration alone: their number is bounded, nobody is named."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .call import Call, End
from .usage import Usage

# Seconds; a first token comes after tens of milliseconds, the end of a long answer after minutes.
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """What the gateway counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("tenant", "model")
        self._requests = Counter(
            "llm_gateway_requests",
            "Calls by how they ended",
            (*labels, "route", "status_code", "end"),
            registry=self.registry,
        )
        self._refused = Counter(
            "llm_gateway_refused", "Calls that no engine was asked for", ("tenant", "reason"), registry=self.registry
        )
        self._tokens = Counter("llm_gateway_tokens", "Tokens", (*labels, "kind"), registry=self.registry)
        self._cost = Counter("llm_gateway_cost_micro_usd", "Cost in micro-USD", labels, registry=self.registry)
        self._cache = Counter("llm_gateway_cache_hits", "Answers from the cache", labels, registry=self.registry)
        self._fallbacks = Counter("llm_gateway_fallbacks", "Answers of fallbacks", labels, registry=self.registry)
        self._duration = Histogram(
            "llm_gateway_request_duration_seconds", "Whole call", ("model",), buckets=_BUCKETS, registry=self.registry
        )
        self._first_output = Histogram(
            "llm_gateway_time_to_first_output_seconds",
            "Until the first event of a stream",
            ("model",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge("llm_gateway_requests_in_flight", "Calls under way", registry=self.registry)

    def refused(self, tenant: str, reason: str) -> None:
        """Counts a refusal. `reason` is a fixed word."""
        self._refused.labels(tenant, reason).inc()

    def ended(self, call: Call, usage: Usage, micro_usd: int) -> None:
        """Counts a call at its end."""
        tenant = call.tenant.name
        model = call.model.name if call.model else "-"
        self._requests.labels(tenant, model, call.route, str(call.status), str(call.end)).inc()
        if call.end is End.REFUSED and call.reason is not None:
            self.refused(tenant, call.reason)
        if call.model is None:
            return
        self._tokens.labels(tenant, model, "input").inc(usage.input_tokens)
        self._tokens.labels(tenant, model, "output").inc(usage.output_tokens)
        self._cost.labels(tenant, model).inc(micro_usd)
        if call.cache_hit:
            self._cache.labels(tenant, model).inc()
        if call.answered_by is not None and call.answered_by is not call.model:
            self._fallbacks.labels(tenant, model).inc()
        self._duration.labels(model).observe(call.elapsed())
        if call.first_output_seconds is not None:
            self._first_output.labels(model).observe(call.first_output_seconds)

    def page(self) -> bytes:
        """The page for Prometheus: ours, then what the engine and the Python process count."""
        return generate_latest(self.registry) + generate_latest(REGISTRY)
