"""Reading, canonical form, identity and schema of playbooks."""

import json
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from counterfoil.core.canonical import canonical_json
from counterfoil.core.playbooks import Kind, Provenance, builtins, json_schema, load_playbook
from counterfoil.core.playbooks.nodes import parse, plain
from tests.core.playbooks.support import NAMES, ROOT, SMALL, shipped, shipped_text, small


def shuffled(value: object, seed: random.Random) -> object:
    """Return the document with the keys of every mapping in another order."""
    if isinstance(value, dict):
        items = list(value.items())
        seed.shuffle(items)
        return {key: shuffled(item, seed) for key, item in items}
    return [shuffled(item, seed) for item in value] if isinstance(value, list) else value


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_order_of_keys_does_not_change_the_identity(seed: int) -> None:
    document = plain(parse(SMALL, file="small.yaml"))

    other = json.dumps(shuffled(document, random.Random(seed)))

    assert load_playbook(other, file="other.yaml").sha256 == small().sha256


def test_comments_quotes_and_spelling_of_values_do_not_change_the_identity() -> None:
    text = "# a comment\n" + SMALL.replace("value: 30,", 'value: "30",')
    text = text.replace("500.00 USD", "500 USD").replace("value: 50%", "value: 50.0%")
    text = text.replace("required: true", "required: 'true'")

    assert load_playbook(text, file="x").sha256 == small().sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: 30,", "value: 31,"),
        ("half_even", "half_up"),
        ("curable: true", "curable: false"),
        ("held_on + window", "held_on + 30 days"),
        ("[operations, finance_checker]", "[finance_checker, operations]"),
    ],
)
def test_whatever_decides_changes_the_identity(old: str, new: str) -> None:
    assert load_playbook(SMALL.replace(old, new, 1), file="x").sha256 != small().sha256


@pytest.mark.parametrize("name", NAMES)
def test_the_canonical_form_reads_back_to_the_same_playbook(name: str) -> None:
    playbook = shipped(name)

    again = load_playbook(canonical_json(playbook.to_canonical()).decode(), file="canonical.json")

    assert again.sha256 == playbook.sha256
    assert canonical_json(again.to_canonical()) == canonical_json(playbook.to_canonical())
    assert [item.id for item in again.criteria] == [item.id for item in playbook.criteria]
    assert again.codes == tuple(sorted(playbook.codes, key=lambda code: code.name))


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_files_fit_the_json_schema(name: str) -> None:
    validator = Draft202012Validator(json_schema())
    Draft202012Validator.check_schema(json_schema())

    for document in (plain(parse(shipped_text(name), file=name)), shipped(name).to_canonical()):
        assert [error.message for error in validator.iter_errors(document)] == []


def test_the_json_schema_refuses_what_the_reader_refuses() -> None:
    validator = Draft202012Validator(json_schema())
    for old, new in (
        ("owner: operations", "ownr: operations"),
        ("kind: fund_claim", "kind: deal"),
        ("curable: true", "curable: maybe"),
        ("keep: share", "keep: share, less: line.net"),
        ("otherwise: true", "otherwise: false"),
    ):
        document = plain(parse(SMALL.replace(old, new, 1), file="x"))
        assert list(validator.iter_errors(document)), new


def test_the_published_json_schema_is_the_one_of_the_code() -> None:
    kept = (ROOT / "docs" / "reference" / "playbook.schema.json").read_text(encoding="utf-8")

    assert json.loads(kept) == json_schema()


def test_the_plain_tree_is_what_a_yaml_library_reads() -> None:
    library = YAML(typ="safe", pure=True)
    library.constructor.yaml_constructors.pop("tag:yaml.org,2002:timestamp")
    library.constructor.yaml_constructors[None] = lambda _, node: node.value
    library.constructor.yaml_constructors["tag:yaml.org,2002:float"] = lambda _, node: node.value

    assert plain(parse(SMALL, file="x")) == library.load(SMALL)


def test_what_stands_in_the_file_stands_in_the_model() -> None:
    playbook = shipped("mdf-claim")

    window = playbook.parameter("claim_window")
    assert window is not None
    first = window.on(date(2026, 1, 1))
    assert first is not None
    assert first.value == 30
    assert window.on(date(2016, 12, 31)) is None
    logo = playbook.fact("logo_visible")
    assert logo is not None
    assert logo.floor.above is Provenance.HUMAN_VERIFIED
    assert str(playbook.sla.ours.decision) == "3 business days"
    assert playbook.notice("reduced") == "claim-partly-approved"
    assert playbook.title.say("de") == "Abrechnung von Marketingfördermitteln"
    assert playbook.title.say("fr") == playbook.title.say("en")


def test_a_country_called_no_stays_a_text() -> None:
    text = SMALL.replace("ads: {en: Advertising}", "ads: {en: no}")

    activities = load_playbook(text, file="x").option_list("activities")
    assert activities is not None
    assert dict(activities.options)["ads"].say("en") == "no"


def test_a_long_expression_may_stand_in_a_block() -> None:
    text = SMALL.replace(
        "    pass: submitted_on <= held_on + window\n",
        "    pass: |\n      submitted_on <= held_on\n        + window\n",
    )

    assert load_playbook(text, file="x").criteria[0].passes.names == {
        "submitted_on",
        "held_on",
        "window",
    }


def test_every_key_and_every_detail_of_the_system_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "playbook-format.md").read_text(encoding="utf-8")
    names: set[str] = set()
    for kind in Kind:
        names |= set(builtins.of_kind(kind))
    names |= {f"line.{name}" for name in builtins.LINE} | set(builtins.ROUTING)

    missing = [name for name in sorted(names | _keys(json_schema())) if name not in page]

    assert missing == []


def _keys(schema: object) -> set[str]:
    """Return every key and every word that the schema names."""
    found: set[str] = set()
    if isinstance(schema, dict):
        properties = schema.get("properties")
        found |= set(properties) if isinstance(properties, dict) else set()
        found |= {word for word in schema.get("enum", []) if isinstance(word, str)}
        for value in schema.values():
            found |= _keys(value)
    elif isinstance(schema, list):
        for item in schema:
            found |= _keys(item)
    return found
