"""Guardrails: rules about what goes to a model and what comes back."""

from .chain import KINDS, MASKING_KINDS, GuardedStream, GuardrailChain, guardrail_problems
from .guardrail import Filtered, Guardrail, TextFilter
from .options import GuardrailConfigError
from .resources import Resources, shared_resources
from .verdict import Action, Assessment, Body, Finding, Outcome, Severity, Verdict

__all__ = [
    "KINDS",
    "MASKING_KINDS",
    "Action",
    "Assessment",
    "Body",
    "Filtered",
    "Finding",
    "GuardedStream",
    "Guardrail",
    "GuardrailChain",
    "GuardrailConfigError",
    "Outcome",
    "Resources",
    "Severity",
    "TextFilter",
    "Verdict",
    "guardrail_problems",
    "shared_resources",
]
