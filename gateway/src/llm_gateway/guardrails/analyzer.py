"""Presidio's patterns, without a language model and without the internet. Runs in a process of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Span = tuple[str, int, int, float]
"""Entity, first character, character after the last one, score."""

ENTITIES = ("CREDIT_CARD", "CRYPTO", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER", "US_SSN")
"""What patterns and check sums can find. Names and places take a language model, which is not shipped."""

_ADDRESS = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"


def analyze(texts: list[str], entities: list[str], threshold: float) -> list[list[Span]]:
    """Spans of each text, in order, without overlaps."""
    analyzer = _analyzer()
    results = []
    for text in texts:
        found = analyzer.analyze(text, language="en", entities=entities, score_threshold=threshold)
        results.append(_apart([(item.entity_type, item.start, item.end, item.score) for item in found]))
    return results


def warm_up() -> None:
    """Loads Presidio, which takes seconds."""
    analyze(["someone@example.com"], list(ENTITIES), 0.4)


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    import spacy
    import tldextract
    from tldextract import TLDExtract

    # At its first use it would fetch the list of public suffixes from the internet; the one in the package is taken.
    # Before Presidio is loaded: its recognizer of e-mail addresses takes the function at import.
    offline = TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.tldextract.TLD_EXTRACTOR = offline
    tldextract.extract = offline  # type: ignore[assignment]

    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    @Language.component("lower_case_lemmas")
    def lower_case_lemmas(doc: Any) -> Any:
        # Words around a number raise its score ("social security number"); they are compared as lemmas.
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    pipeline = spacy.blank("en")
    # The default would refuse long texts; the caller cuts them.
    pipeline.max_length = 10_000_000
    pipeline.add_pipe("lower_case_lemmas")
    engine = SpacyNlpEngine()
    engine.nlp = {"en": pipeline}  # type: ignore[assignment]
    presidio = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    # Presidio's pattern begins and ends at boundaries of words; in scripts without spaces there are none.
    address = Pattern("address", _ADDRESS, 0.9)
    presidio.registry.add_recognizer(PatternRecognizer("EMAIL_ADDRESS", name="AddressInText", patterns=[address]))
    return presidio


def _apart(spans: list[Span]) -> list[Span]:
    """Where spans overlap, the likelier one stands for the stretch of both: nothing that was found stays readable."""
    merged: list[Span] = []
    for entity, start, end, score in sorted(spans, key=lambda span: (span[1], -span[2])):
        if merged and start < merged[-1][2]:
            before = merged[-1]
            name, best = max(((before[0], before[3]), (entity, score)), key=lambda pair: pair[1])
            merged[-1] = (name, before[1], max(before[2], end), best)
        else:
            merged.append((entity, start, end, score))
    return merged
