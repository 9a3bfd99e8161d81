"""Signed notes and checkpoints: one spelling, and only the key's own signature counts."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.notes import (
    BadNote,
    CheckpointText,
    NoteKey,
    parse_checkpoint,
    parse_note,
    sign_note,
    split_notes,
)
from tests.core.packs import KEY, ORIGIN, PRIVATE, STRANGER, checkpoint, event_bytes

ROOT = bytes(range(32))
NOTE = str(sign_note(str(CheckpointText(ORIGIN, 5, ROOT)), KEY, PRIVATE.sign))


def _check(public_key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


LINES = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=12)


@given(
    LINES, st.integers(0, 10**17), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3)
)
@settings(max_examples=100)
def test_a_checkpoint_reads_back(origin, size, root, extensions):
    stated = CheckpointText(origin, size, root, tuple(extensions))
    note = sign_note(str(stated), KEY, PRIVATE.sign)

    assert parse_note(str(note)) == note
    assert parse_checkpoint(note.text) == stated


def test_a_signature_counts_only_for_its_key_name_and_text():
    note = parse_note(NOTE)
    stranger = NoteKey(ORIGIN, STRANGER.public_key().public_bytes_raw())
    renamed = NoteKey("other", KEY.public_key)
    forged = sign_note(note.text, KEY, STRANGER.sign)

    assert note.is_signed_by(KEY, _check)
    assert not note.is_signed_by(stranger, _check)
    assert not note.is_signed_by(renamed, _check)
    assert not forged.is_signed_by(KEY, _check)
    assert not parse_note(NOTE.replace("\n5\n", "\n6\n")).is_signed_by(KEY, _check)


def test_the_example_of_c2sp_verifies():
    verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = NoteKey("PeterNeumann", base64.b64decode(verifier.split("+", 2)[2])[1:])
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
        "qdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert key.verifier_key == verifier
    assert parse_note(text).is_signed_by(key, _check)


@pytest.mark.parametrize("place", range(0, len(NOTE), 7))
def test_a_truncated_note_is_refused(place):
    with pytest.raises(BadNote):
        parse_note(NOTE[:place])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        "a\n\n",
        "a\n\nb\n",
        NOTE + "\n",
        NOTE + "x",
        NOTE.replace("—", "-"),
        NOTE.replace("=\n", "\n"),
        NOTE[:-2] + "x\n",
    ],
)
def test_junk_is_no_note(text):
    with pytest.raises(BadNote):
        parse_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n1\n",
        "a\n-1\nAAAA\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "a\nb\nc\nd",
    ],
)
def test_junk_is_no_checkpoint(text):
    with pytest.raises(BadNote):
        parse_checkpoint(text)


def test_the_notes_of_a_file_are_parted():
    rows = event_bytes(6)
    notes = [checkpoint(rows, size) for size in (2, 4, 6)]

    assert split_notes("\n".join(notes)) == notes
    assert split_notes("") == []
    with pytest.raises(BadNote):
        split_notes("\u2014 a b\n")
    with pytest.raises(BadNote):
        split_notes("a text\n\nanother\n\n")


@pytest.mark.parametrize(
    "build",
    [
        lambda: NoteKey("a b", KEY.public_key),
        lambda: NoteKey("a+b", KEY.public_key),
        lambda: NoteKey("a", b"short"),
        lambda: CheckpointText("", 1, ROOT),
        lambda: CheckpointText("a\nb", 1, ROOT),
        lambda: CheckpointText("a", -1, ROOT),
        lambda: CheckpointText("a", 1, b"short"),
        lambda: CheckpointText("a", 1, ROOT, ("\u2014 b",)),
        lambda: sign_note("no newline", KEY, PRIVATE.sign),
        lambda: sign_note("a\n\nb\n", KEY, PRIVATE.sign),
    ],
)
def test_what_could_not_be_read_back_is_not_written(build):
    with pytest.raises(BadNote):
        build()
