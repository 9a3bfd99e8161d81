"""Canonical JSON: one byte sequence per value."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.canonical import (
    NotCanonical,
    canonical_json,
    digest,
    is_canonical,
    sha256_hex,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", max_size=3), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150)
def test_canonical_bytes_read_back_and_are_canonical(value):
    data = canonical_json(value)

    assert is_canonical(data)
    assert canonical_json(json.loads(data)) == data


@given(st.dictionaries(TEXT, st.integers(), max_size=6))
@settings(max_examples=100)
def test_the_order_of_insertion_does_not_reach_the_hash(value):
    try:
        expected = digest(value)
    except NotCanonical:
        return

    assert digest(dict(reversed(value.items()))) == expected


def test_the_bytes_are_those_of_rfc_8785():
    value = {"b": [1, True, None], "a": '\u20ac$\u000f\nA\'B"\\"/', "\u0080": "", "1": -0}

    assert canonical_json(value) == (
        '{"1":0,"a":"€$\\u000f\\nA\'B\\"\\\\\\"/","b":[1,true,null],"\u0080":""}'.encode()
    )


def test_composed_and_decomposed_text_have_one_hash():
    assert digest({"name": "Zu\u0308rich"}) == digest({"name": "Z\u00fcrich"})


def test_keys_are_ordered_by_code_point():
    assert canonical_json({"\U0001f600": 1, "\ufb33": 2}).startswith('{"\ufb33'.encode()) is False
    assert canonical_json({"\U0001f600": 1, "\ufffd": 2}).startswith('{"\ufffd'.encode())


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1.5, r"\$:"),
        ({"lines": [{"amount": Decimal(1)}]}, r"\$\.lines\[0\]\.amount"),
        ({"on": date(2026, 1, 1)}, r"\$\.on"),
        ((1, 2), r"\$"),
        ({1: 2}, "not a string"),
        ({"u\u0308": 1, "\u00fc": 2}, "twice"),
        ("\ud800", "surrogate"),
        (b"x", "bytes"),
        (float("nan"), "float"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value, path):
    with pytest.raises(NotCanonical, match=path):
        canonical_json(value)


def test_a_deep_value_is_refused_instead_of_crashing():
    value: list = []
    for _ in range(5000):
        value = [value]

    with pytest.raises(NotCanonical, match="deeper"):
        canonical_json(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b"1.0",
        b"[1,]",
        b"",
        b'"\\u0041"',
        b"-0",
        b"NaN",
        b'{"a":1,"a":1}',
        '"ü"'.encode(),
        b"\xff",
        b"[" * 100000,
    ],
)
def test_other_bytes_are_not_canonical(data):
    assert not is_canonical(data)


def test_the_digest_is_sha_256_of_the_bytes():
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest({"a": 1}) == sha256_hex(b'{"a":1}')
