"""Places and values of a playbook's canonical form in words, in the languages of partners."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.core.explain import rule_words

_LANGUAGES = ("en", "de")
_RULES = frozenset(
    ("pass", "when", "required_when", "requested", "less", "keep", "at_most", "claim_by")
)
_SPAN = re.compile(r"(\d+) (business hours?|business days?|days?)")

_PLACES = {
    "en": {
        "criteria": "Criterion {name}", "parameters": "Limit {title}", "facts": "Detail {title}",
        "fields": "Detail of each line {title}", "evidence": "Proof {title}",
        "lists": "Choices {title}", "codes": "Reason {name}", "steps": "Step of the sum {title}",
        "texts": "Text {title}", "notices": "Letter {title}",
    },
    "de": {
        "criteria": "Kriterium {name}", "parameters": "Grenze {title}", "facts": "Angabe {title}",
        "fields": "Angabe je Zeile {title}", "evidence": "Nachweis {title}",
        "lists": "Auswahl {title}", "codes": "Grund {name}",
        "steps": "Schritt des Betrags {title}", "texts": "Text {title}",
        "notices": "Brief {title}",
    },
}  # fmt: skip

_WORDS = {
    "en": {
        "playbook": "name of the playbook", "sign_off": "who signs a version",
        "design_owner": "who answers for the rules", "owner": "who answers for lateness",
        "effective": "holds", "from": "from", "pass": "rule", "when": "only when",
        "required_when": "needed when", "required": "needed", "fail": "when it fails",
        "unknown": "while information lacks", "code": "reason", "curable": "may be mended",
        "text": "words", "help": "help", "title": "title", "examples": "examples",
        "pieces": "pieces", "per_choice": "which pieces for which choice",
        "not_qualifying": "does not count", "min": "at least", "max": "at most",
        "accepts": "files taken", "values": "value", "value": "value", "reference": "reference",
        "routing": "routing", "rows": "row", "approvers_in_turn": "approved in turn by",
        "decide": "decided", "otherwise": "otherwise", "sla": "times", "ours": "ours",
        "partner": "the partner's", "decision": "our answer within", "triage": "first look within",
        "escalate": "who is told when late", "answer": "answer to a question within",
        "remind": "reminders after business days", "reopen_for": "may be opened again for",
        "resubmission": "sending again", "rounds": "how often", "within": "within",
        "appeal": "appeal", "claim_by": "last day to claim",
        "terms_pinned_by": "the day whose limits hold", "amount": "the sum",
        "requested": "what is asked for", "order": "order", "group": "who bears it",
        "kind": "kind", "ask": "asked of", "floor": "must be established by",
        "options": "choices", "max_length": "length at most", "type": "type",
        "lines": "lines", "languages": "languages", "version": "version", "review": "reviews",
        "facts": "facts", "less": "taken off", "keep": "share kept", "at_most": "at most",
        "true": "yes", "false": "no", "none": "none",
        "dated": "from {day}", "team_lead": "team lead", "finance_maker": "Finance, prepares",
        "finance_checker": "Finance, approves", "partner_manager": "partner manager",
        "account_executive": "account executive", "partner_admin": "partner administrator",
        "human_verified": "a person of ours", "partner_declared": "the partner",
        "third_party_signed": "a third party's signature", "extracted": "reading the file",
        "approved_automatically": "approved without a person",
    },
    "de": {
        "playbook": "Name des Playbooks", "sign_off": "wer eine Version abzeichnet",
        "design_owner": "wer für die Regeln einsteht", "owner": "wer für Verspätung einsteht",
        "effective": "gilt", "from": "ab", "pass": "Regel", "when": "nur wenn",
        "required_when": "nötig, wenn", "required": "nötig", "fail": "wenn es nicht besteht",
        "unknown": "solange Angaben fehlen", "code": "Grund", "curable": "lässt sich nachbessern",
        "text": "Wortlaut", "help": "Hilfe", "title": "Titel", "examples": "Beispiele",
        "pieces": "Stücke",
        "per_choice": "welche Stücke bei welcher Wahl", "not_qualifying": "zählt nicht",
        "min": "mindestens", "max": "höchstens", "accepts": "Dateiarten", "values": "Wert",
        "value": "Wert", "reference": "Grundlage", "routing": "Weg", "rows": "Zeile",
        "approvers_in_turn": "nacheinander genehmigt von", "decide": "entschieden",
        "otherwise": "sonst", "sla": "Fristen", "ours": "unsere", "partner": "des Partners",
        "decision": "unsere Antwort binnen", "triage": "erster Blick binnen",
        "escalate": "wer bei Verspätung erfährt", "answer": "Antwort auf eine Rückfrage binnen",
        "remind": "Erinnerungen nach Arbeitstagen", "reopen_for": "wieder zu öffnen binnen",
        "resubmission": "erneutes Einreichen", "rounds": "wie oft", "within": "binnen",
        "appeal": "Einspruch", "claim_by": "letzter Tag der Abrechnung",
        "terms_pinned_by": "der Tag, dessen Grenzen gelten", "amount": "der Betrag",
        "requested": "was verlangt wird", "order": "Reihenfolge", "group": "wer es trägt",
        "kind": "Art", "ask": "gefragt wird", "floor": "muss festgestellt sein von",
        "options": "Auswahl", "max_length": "Länge höchstens", "type": "Typ",
        "lines": "Zeilen", "languages": "Sprachen", "version": "Version", "review": "Prüfungen",
        "facts": "Angaben", "less": "abgezogen", "keep": "Anteil, der bleibt",
        "at_most": "höchstens", "true": "ja", "false": "nein", "none": "nichts",
        "approved_automatically": "ohne Prüfung genehmigt", "proves": "belegt",
        "for_each": "je", "by": "nach", "steps": "Schritte", "rounding": "Rundung",
        "agreed": "vereinbart", "level": "Ebene", "close": "schließen mit", "then": "danach",
        "above": "darüber", "up_to": "bis", "to": "an", "at": "bei", "as": "gegeben als",
        "fact": "Angabe", "name": "Name", "of": "Teil von", "evidence": "Nachweise",
        "take_out": "herausgenommen", "any_of": "eines von", "from_evidence": "aus Nachweis",
        "lists": "Auswahllisten", "fields": "Angaben", "criteria": "Kriterien",
        "received": "Eingang", "returned": "Rückgabe", "approved": "Genehmigung",
        "reduced": "Kürzung", "not_approved": "Ablehnung", "paid": "Zahlung",
        "introduction": "Einleitung", "before_you_send": "vor dem Senden",
        "after_you_sent": "nach dem Senden", "line": "Zeile", "submission": "Antrag",
        "dated": "ab {day}", "operations": "Incentive-Team", "team_lead": "Teamleitung",
        "finance_maker": "Finance, bereitet vor", "finance_checker": "Finance, genehmigt",
        "partner_manager": "Partnerbetreuung", "account_executive": "Vertrieb",
        "leadership": "Leitung", "auditor": "Revision", "administrator": "Administration",
        "partner_admin": "Verwaltung des Partners", "partner_member": "Partner",
        "human_verified": "jemandem von uns", "partner_declared": "dem Partner",
        "third_party_signed": "der Unterschrift eines Dritten",
        "extracted": "dem Lesen der Datei",
        "parameters": "Grenzen", "days": "Tage", "business_days": "Arbeitstage",
    },
}  # fmt: skip

_SPANS = {
    "business hour": ("Arbeitsstunde", "Arbeitsstunden"),
    "business day": ("Arbeitstag", "Arbeitstage"),
    "day": ("Tag", "Tage"),
}


def language_of(language: str) -> str:
    """Return the language in which we can say it."""
    short = language.split("-")[0]
    return short if short in _LANGUAGES else "en"


def place_words(
    old: Mapping[str, Any], new: Mapping[str, Any], path: Sequence[str], language: str
) -> str:
    """Return where a difference stands: the named thing first, then what of it."""
    head, rest = path[0], list(path[1:])
    if head == "lines" and rest[:1] == ["fields"]:
        head, rest = "fields", rest[1:]
    elif head == "amount" and rest[:1] == ["steps"]:
        head, rest = "steps", rest[1:]
    if head not in _PLACES[language] or not rest or rest == ["order"]:
        said = ", ".join(_word(each, language) for each in path)
        return said[:1].upper() + said[1:]
    depth = len(path) - len(rest) + 1
    node = _at(new, path[:depth]) or _at(old, path[:depth])
    title = _title(node, language) or _list_title(old, new, head, rest[0], language)
    named = f"“{title or _word(rest[0], language)}”"
    said = _PLACES[language][head].format(name=rest[0], title=named)
    if head == "criteria" and title:
        said = f"{said} {named}"
    if head == "parameters" and rest[1:2] == ["values"] and len(rest) > 2:
        # A limit has nothing but values: its day says which.
        day = _WORDS[language]["dated"].format(day=rest[2])
        more = [_word(each, language) for each in rest[3:] if each != "value"]
        return ", ".join([said, day, *more])
    walked, parts = list(path[:depth]), []
    for each in rest[1:]:
        walked.append(each)
        inner = _at(new, walked) or _at(old, walked)
        # "unknown" is a state of the rule, and a list of examples.
        is_of_examples = len(walked) > 1 and walked[-2] == "examples"
        within = _title(inner, language)
        if within:
            parts.append(f"“{within}”")
        elif is_of_examples and each in _EXAMPLES[language]:
            parts.append(_EXAMPLES[language][each])
        else:
            parts.append(_word(each, language))
    return ", ".join([said, *parts])


_EXAMPLES = {
    "en": {
        "pass": "that pass", "fail": "that fail", "unknown": "that need information",
        "not_applicable": "that it is not asked of",
    },
    "de": {
        "pass": "die bestehen", "fail": "die nicht bestehen", "unknown": "denen Angaben fehlen",
        "not_applicable": "für die es nicht gilt",
    },
}  # fmt: skip


def value_words(
    doc: Mapping[str, Any],
    path: Sequence[str],
    value: Any,
    labels: Mapping[str, str],
    language: str,
) -> str:
    """Return a value of a version as people read it; "" where there is none."""
    if value is None:
        return ""
    name = path[-1] if path else ""
    if path[:1] == ("parameters",) and name == "value":
        kind = doc["parameters"][path[1]].get("type", "")
        return f"{value} {_span_word(kind, value, language)}".strip()
    if isinstance(value, dict):
        return _mapping(doc, path, value, labels, language)
    if isinstance(value, list):
        inner = [value_words(doc, (*path[:-1], ""), each, labels, language) for each in value]
        return ", ".join(inner) or _WORDS[language]["none"]
    if isinstance(value, bool):
        return _WORDS[language]["true" if value else "false"]
    text = str(value)
    if name in _RULES and isinstance(value, str):
        return rule_words(text, labels=labels, language=language)
    span = _SPAN.fullmatch(text)
    if span is not None and language == "de":
        one, many = _SPANS[span[2].removesuffix("s")]
        return f"{span[1]} {one if span[1] == '1' else many}"
    return _WORDS[language].get(text, text)


def _mapping(
    doc: Mapping[str, Any],
    path: Sequence[str],
    value: Mapping[str, Any],
    labels: Mapping[str, str],
    language: str,
) -> str:
    """Return a mapping in words: a text as it is said, a row by what it says."""
    if value and all(len(key) == 2 and isinstance(each, str) for key, each in value.items()):
        return str(value.get(language) or value.get("en") or next(iter(value.values())))
    parts = []
    for key, each in value.items():
        if key in ("id", "examples"):
            continue
        said = value_words(doc, (*path, key), each, labels, language)
        is_plain = key in ("title", "text", "name", "value")
        parts.append(said if is_plain else f"{_word(key, language)}: {said}")
    return "; ".join(parts) or _WORDS[language]["none"]


def _span_word(kind: str, value: Any, language: str) -> str:
    """Return the unit of a limit, "" where the value has its own."""
    if kind not in ("days", "business_days"):
        return ""
    unit = kind.removesuffix("s").replace("_", " ")
    if language == "de":
        return _SPANS[unit][0 if value == 1 else 1]
    return unit if value == 1 else f"{unit}s"


def _word(key: str, language: str) -> str:
    """Return a key of the file in words; one that has none is said without underscores."""
    return _WORDS[language].get(key, key.replace("_", " "))


def _title(node: Any, language: str) -> str:
    """Return what a thing is called on screen."""
    if not isinstance(node, dict):
        return ""
    for key in ("title", "name"):
        text = node.get(key)
        if isinstance(text, dict):
            return str(text.get(language) or text.get("en") or "")
    return ""


def _list_title(
    old: Mapping[str, Any], new: Mapping[str, Any], head: str, name: str, language: str
) -> str:
    """Return the title of the detail whose choices a list holds."""
    if head != "lists":
        return ""
    for doc in (new, old):
        fields = [
            *doc.get("facts", {}).values(),
            *(doc.get("lines") or {}).get("fields", {}).values(),
        ]
        for field in fields:
            if field.get("options") == name:
                return _title(field, language)
    return ""


def _at(doc: Any, path: Sequence[str]) -> Any:
    """Return what stands at a path of names, or None."""
    for name in path:
        if isinstance(doc, dict):
            doc = doc.get(name)
        elif isinstance(doc, list):
            doc = next((row for row in doc if _is_named(row, name)), None)
        else:
            return None
    return doc


def _is_named(row: Any, name: str) -> bool:
    if not isinstance(row, dict):
        return False
    said = row.get("name")
    english = said.get("en") if isinstance(said, dict) else None
    return name in (row.get("id"), row.get("kind"), row.get("code"), row.get("from"), english)
