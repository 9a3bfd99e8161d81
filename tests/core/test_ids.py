"""Public ids: prefixed, one spelling per 128 bits."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.ids import is_public_id, prefix_of, public_id


@given(st.binary(min_size=16, max_size=16))
@settings(max_examples=100)
def test_an_id_carries_its_bytes_and_its_prefix(raw):
    text = public_id("sub", raw)

    assert is_public_id(text)
    assert is_public_id(text, "sub")
    assert not is_public_id(text, "pay")
    assert prefix_of(text) == "sub"
    assert len(text) == 4 + 26
    assert base64.b32decode(text[4:].upper() + "======") == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sub_",
        "sub_" + "a" * 25,
        "sub_" + "a" * 27,
        "sub_" + "a" * 25 + "b",
        "SUB_" + "a" * 26,
        "sub_" + "1" * 26,
        "_" + "a" * 26,
        "sub-" + "a" * 26,
        "sub_" + "a" * 26 + "\n",
    ],
)
def test_other_texts_are_no_ids(text):
    assert not is_public_id(text)
    with pytest.raises(ValueError, match="not a public id"):
        prefix_of(text)


@pytest.mark.parametrize("prefix", ["", "S", "1ab", "sub_x", "a" * 13])
def test_a_bad_prefix_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        public_id(prefix, bytes(16))


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_wrong_number_of_bytes_is_refused(length):
    with pytest.raises(ValueError, match="16 bytes"):
        public_id("sub", bytes(length))
