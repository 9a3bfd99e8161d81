"""A trace in words: what each step of a rule saw and gave, in sentences of one line.

The trace is the one of `core.criteria`, as records keep it; `labels` give names their titles. The
words explain and decide nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from counterfoil.core.criteria import CriteriaError, SchemaError, parse_expression
from counterfoil.core.criteria.words import write_words

LINES_MAX = 40
LANGUAGES = ("en", "de")

_SAY = {
    "en": {
        "pass": "{text}: holds",
        "fail": "{text}: does not hold",
        "unknown": "{text}: needs information",
        "value": "{text}: {value}",
        "missing": "{text}: not given",
        "below_floor": "{text}: must be verified ({detail})",
        "row": "{row}, ",
        "true": "yes",
        "false": "no",
    },
    "de": {
        "pass": "{text}: trifft zu",
        "fail": "{text}: trifft nicht zu",
        "unknown": "{text}: Angaben fehlen",
        "value": "{text}: {value}",
        "missing": "{text}: nicht angegeben",
        "below_floor": "{text}: muss geprüft werden ({detail})",
        "row": "{row}, ",
        "true": "ja",
        "false": "nein",
    },
}


def trace_words(
    trace: Mapping[str, Any], *, labels: Mapping[str, str], language: str = "en"
) -> tuple[str, ...]:
    """Return the lines of a criterion's trace: its condition first, then the rule, inside out.

    `trace` is `{"when": node, "pass": node}` of a criterion's result. At most LINES_MAX lines.
    """
    lines: dict[str, None] = {}
    for part in ("when", "pass"):
        node = trace.get(part)
        if isinstance(node, Mapping):
            lines.update(dict.fromkeys(_lines(node, labels, _language(language))))
    return tuple(lines)[:LINES_MAX]


def rule_words(text: str, *, labels: Mapping[str, str], language: str = "en") -> str:
    """Return an expression in words; one that can't be read is returned as it is."""
    try:
        return write_words(parse_expression(text), _language(language), labels=labels)
    except (CriteriaError, SchemaError):
        return text


def missing_words(
    missing: Sequence[Mapping[str, str]], *, labels: Mapping[str, str], language: str = "en"
) -> tuple[str, ...]:
    """Return what is missing, one sentence each."""
    words = _SAY[_language(language)]
    return tuple(_missing(item, labels, words) for item in missing)


def _lines(node: Mapping[str, Any], labels: Mapping[str, str], language: str) -> Iterator[str]:
    for operand in node.get("operands", ()):
        yield from _lines(operand, labels, language)
    words, text = _SAY[language], str(node["text"])
    result, value = node["result"], node.get("value")
    is_literal = result == "value" and "fact" not in node and not _is_name(text)
    if is_literal and not node.get("operands"):
        return
    # A name alone is its title; within a rule titles stand in quotes.
    said = labels.get(text) or rule_words(text, labels=labels, language=language)
    if "row" in node:
        said = words["row"].format(row=node["row"]) + said
    if result == "unknown" and not node.get("operands") and node.get("missing"):
        for item in node["missing"]:
            yield _missing(item, labels, words)
        return
    yield words[result].format(text=said, value=_value(value, words))


def _missing(item: Mapping[str, str], labels: Mapping[str, str], words: Mapping[str, str]) -> str:
    label = labels.get(item["name"], item["name"])
    if item.get("reason") == "below_floor":
        return words["below_floor"].format(text=label, detail=item.get("detail", ""))
    return words["missing"].format(text=label)


def _value(value: Any, words: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return words["true" if value else "false"]
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)


def _is_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _language(language: str) -> str:
    short = language.split("-")[0]
    return short if short in LANGUAGES else "en"
