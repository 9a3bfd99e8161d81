"""The JSON Schema (draft 2020-12) of the format, for editors and for checks in other languages.

It describes the shape; what only the reader can tell (names that point somewhere, types of
expressions, days in order) is not in it. A file is validated as `nodes.plain` returns it: days,
amounts and rates are texts.
"""

from typing import Any

from counterfoil.core.money import Rounding
from counterfoil.core.playbooks.load import NOTICES_OF, OPTIONAL, REQUIRED
from counterfoil.core.playbooks.model import (
    Expected,
    Kind,
    Level,
    ParameterType,
    PieceForm,
    Role,
    ValueType,
)
from counterfoil.core.playbooks.read_details import ASKED, PROVENANCE_WORDS
from counterfoil.core.playbooks.read_evidence import MEDIA, PROVES
from counterfoil.core.playbooks.read_rules import GROUPS, TAKE_OUT
from counterfoil.core.playbooks.read_time import REVIEW_KEYS, TEXTS
from counterfoil.core.playbooks.reader import CODE, KEY, LANGUAGE, WORD

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_BOOLEAN: Schema = {"type": "boolean"}
_TEXT: Schema = {"$ref": "#/$defs/text"}
_EXPRESSION: Schema = {
    "type": ["string", "boolean"],
    "description": "an expression of the criteria language",
}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_CODE: Schema = {"type": "string", "pattern": f"^{CODE.pattern}$"}
_NAME: Schema = {"type": "string", "pattern": f"^{WORD.pattern}$"}
_STRING: Schema = {"type": "string", "minLength": 1}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def json_schema() -> Schema:
    """Return the schema of the format; it is kept in docs/reference and compared in the tests."""
    properties = _properties()
    assert set(properties) == {*REQUIRED, *OPTIONAL}
    return {
        "$schema": DRAFT,
        "title": "Counterfoil playbook",
        **_object(properties, required=REQUIRED),
        "$defs": {
            "text": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": f"^{LANGUAGE.pattern}$"},
                "additionalProperties": _STRING,
            },
            "field": _field(),
            "values": _named(_example_value(), names=r"^[a-z][a-z0-9_.]*$"),
        },
    }


def _properties() -> dict[str, Schema]:
    return {
        "playbook": {"type": "string", "pattern": f"^{KEY.pattern}$"},
        "version": _STRING,
        "languages": _list({"type": "string", "pattern": f"^{LANGUAGE.pattern}$"}, least=1),
        "title": _TEXT,
        "kind": _enum(Kind),
        "of": _enum(Kind),
        "owner": _enum(Role),
        "design_owner": _enum(Role),
        "sign_off": _list(
            _enum(
                role
                for role in Role
                if role not in (Role.PARTNER_ADMIN, Role.PARTNER_MEMBER, Role.AUDITOR)
            ),
            least=1,
        ),
        "effective": _object({"from": _DAY}, required=("from",)),
        "terms_pinned_by": _enum(["submitted_on", "request.approved_on"]),
        "claim_by": _STRING,
        "parameters": _named(_parameter()),
        "lists": _named({"anyOf": [_named(_TEXT), _part()]}),
        "facts": _named({"$ref": "#/$defs/field"}),
        "lines": _lines(),
        "evidence": _named(_evidence()),
        "criteria": _list(_criterion(), least=1),
        "codes": _named(
            _object({"group": _enum(GROUPS), "text": _TEXT}, required=("group", "text")),
            names=_CODE["pattern"],
        ),
        "amount": _amount(),
        "routing": _object({"rows": _list(_route(), least=1)}, required=("rows",)),
        "sla": _sla(),
        "resubmission": _object(
            {"rounds": _NUMBER, "within": _STRING}, required=("rounds", "within")
        ),
        "appeal": _object({"within": _STRING}, required=("within",)),
        "review": _object(dict.fromkeys(REVIEW_KEYS, _STRING), required=()),
        "notices": _object(
            dict.fromkeys(NOTICES_OF[Kind.FUND_CLAIM], _STRING),
            required=NOTICES_OF[Kind.INFLUENCE_POP],
        ),
        "texts": _object(dict.fromkeys(TEXTS, _TEXT), required=TEXTS[:1]),
    }


def _object(properties: dict[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _named(item: Schema, *, names: str = _NAME["pattern"]) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": names}, "additionalProperties": item}


def _list(item: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": item, "minItems": least}


def _enum(values: object) -> Schema:
    return {"enum": [str(value) for value in values]}  # type: ignore[attr-defined]  # every caller gives an iterable


def _parameter() -> Schema:
    value = _object(
        {"from": _DAY, "value": {"type": ["integer", "string"]}, "reference": _STRING},
        required=("from", "value", "reference"),
    )
    return _object(
        {"type": _enum(ParameterType), "title": _TEXT, "values": _list(value, least=1)},
        required=("type", "values"),
    )


def _part() -> Schema:
    return _object({"of": _NAME, "values": _list(_NAME, least=1)}, required=("of", "values"))


def _field() -> Schema:
    provenance = _enum(PROVENANCE_WORDS)
    tiers = _object(
        {"up_to": _NAME, "then": provenance, "above": provenance},
        required=("up_to", "then", "above"),
    )
    return _object(
        {
            "type": _enum(ValueType),
            "ask": _enum(ASKED),
            "title": _TEXT,
            "help": _TEXT,
            "required": _BOOLEAN,
            "required_when": _EXPRESSION,
            "floor": {"anyOf": [provenance, tiers]},
            "options": _NAME,
            "min": _NUMBER,
            "max": _NUMBER,
            "max_length": _NUMBER,
        },
        required=("type", "ask", "title"),
    )


def _lines() -> Schema:
    return _object(
        {
            "title": _TEXT,
            "from_evidence": _NAME,
            "min": _NUMBER,
            "max": _NUMBER,
            "fields": _named({"$ref": "#/$defs/field"}),
        },
        required=("title", "fields"),
    )


def _evidence() -> Schema:
    piece = _object(
        {"as": _enum(PieceForm), "title": _TEXT, "help": _TEXT, "fact": _NAME},
        required=("as", "title"),
    )
    needed = {"anyOf": [_NAME, _object({"any_of": _list(_NAME, least=2)}, required=("any_of",))]}
    refused = _object(
        {"kind": _NAME, "code": _CODE, "text": _TEXT}, required=("kind", "code", "text")
    )
    return _object(
        {
            "title": _TEXT,
            "help": _TEXT,
            "proves": _enum(PROVES),
            "accepts": _list(_enum(MEDIA), least=1),
            "min": _NUMBER,
            "max": _NUMBER,
            "for_each": _enum([Level.LINE]),
            "required_when": _EXPRESSION,
            "by": _NAME,
            "pieces": _named(piece),
            "per_choice": _named(_list(needed, least=1)),
            "not_qualifying": _list(refused),
        },
        required=("title", "proves", "accepts"),
    )


def _criterion() -> Schema:
    examples = _object({expected.value: _list(_example()) for expected in Expected})
    return _object(
        {
            "id": _STRING,
            "title": _TEXT,
            "level": _enum(Level),
            "when": _EXPRESSION,
            "pass": _EXPRESSION,
            "floor": _enum(PROVENANCE_WORDS),
            "fail": _object(
                {"code": _CODE, "curable": _BOOLEAN, "text": _TEXT},
                required=("code", "curable", "text"),
            ),
            "unknown": _object({"code": _CODE, "text": _TEXT}, required=("code",)),
            "examples": examples,
        },
        required=("id", "title", "pass", "fail", "unknown", "examples"),
    )


def _example() -> Schema:
    values = {"$ref": "#/$defs/values"}
    proof = _object({"kind": _NAME, "piece": _NAME, "not_qualifying": _NAME}, required=("kind",))
    return _object(
        {
            "name": _TEXT,
            "facts": values,
            "lines": _list(values),
            "evidence": _list(proof),
            "on": _DAY,
        },
        required=("name",),
    )


def _example_value() -> Schema:
    value: Schema = {"type": ["string", "integer", "boolean"]}
    given = _object(
        {"value": value, "provenance": _enum(PROVENANCE_WORDS)}, required=("value", "provenance")
    )
    return {"anyOf": [value, given]}


def _amount() -> Schema:
    step = _object(
        {
            "code": _CODE,
            "title": _TEXT,
            "less": _EXPRESSION,
            "keep": _NAME,
            "at_most": _EXPRESSION,
            "take_out": _enum(TAKE_OUT),
            "when": _EXPRESSION,
            "agreed": _BOOLEAN,
        },
        required=("code", "title"),
    )
    step["oneOf"] = [{"required": [name]} for name in ("less", "keep", "at_most", "take_out")]
    return _object(
        {"rounding": _enum(Rounding), "requested": _EXPRESSION, "steps": _list(step)},
        required=("rounding", "requested", "steps"),
    )


def _route() -> Schema:
    row = _object(
        {
            "when": _EXPRESSION,
            "otherwise": {"const": True},
            "approvers_in_turn": _list(_enum(Role), least=1),
            "decide": _enum(["approved_automatically"]),
        }
    )
    row["allOf"] = [
        {"oneOf": [{"required": ["when"]}, {"required": ["otherwise"]}]},
        {"oneOf": [{"required": ["approvers_in_turn"]}, {"required": ["decide"]}]},
    ]
    return row


def _sla() -> Schema:
    step = _object({"at": _STRING, "to": _enum(Role)}, required=("at", "to"))
    ours = _object(
        {"triage": _STRING, "decision": _STRING, "escalate": _list(step, least=1)},
        required=("decision", "escalate"),
    )
    partner = _object(
        {
            "answer": _STRING,
            "remind": _list(_NUMBER),
            "then": _object({"close": _CODE}, required=("close",)),
            "reopen_for": _STRING,
        },
        required=("answer", "remind", "then", "reopen_for"),
    )
    return _object({"ours": ours, "partner": partner}, required=("ours", "partner"))
