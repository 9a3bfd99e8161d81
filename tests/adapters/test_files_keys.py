"""The signing key: private to the service, refused when it is not, replaced without a gap."""

import pytest

from counterfoil.adapters.files_keys import FileSigningKey
from counterfoil.apps.audit.errors import SigningKeyMissing, SigningKeyUnsafe

NAME = "counterfoil.example/log"


def test_a_new_key_signs_and_lies_in_a_private_file(tmp_path):
    key = FileSigningKey(tmp_path / "keys")
    made = key.create(name=NAME)

    signature = key.sign(b"message")
    assert key.check(made.public_key, signature, b"message")
    assert not key.check(made.public_key, signature, b"massage")
    assert not key.check(b"short", signature, b"message")
    assert ((tmp_path / "keys" / "log_key.json").stat().st_mode & 0o777) == 0o600
    assert ((tmp_path / "keys").stat().st_mode & 0o777) == 0o700


def test_a_key_is_the_same_after_a_restart(tmp_path):
    made = FileSigningKey(tmp_path).create(name=NAME)

    assert FileSigningKey(tmp_path).key == made


def test_a_key_is_never_made_over_another(tmp_path):
    FileSigningKey(tmp_path).create(name=NAME)

    with pytest.raises(SigningKeyUnsafe, match="rotate"):
        FileSigningKey(tmp_path).create(name=NAME)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "line\nbreak", "ü.example"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(tmp_path, name):
    with pytest.raises(SigningKeyUnsafe):
        FileSigningKey(tmp_path).create(name=name)


def test_without_a_key_the_refusal_says_what_to_do(tmp_path):
    with pytest.raises(SigningKeyMissing, match="keys init"):
        FileSigningKey(tmp_path).sign(b"x")


def test_the_demos_key_is_refused_outside_the_demo(tmp_path):
    FileSigningKey(tmp_path, may_be_demo=True).create(name=NAME, is_demo=True)

    assert FileSigningKey(tmp_path, may_be_demo=True).sign(b"x")
    with pytest.raises(SigningKeyUnsafe, match="demo"):
        FileSigningKey(tmp_path).sign(b"x")


def test_a_key_that_others_can_read_is_refused(tmp_path):
    FileSigningKey(tmp_path).create(name=NAME)
    (tmp_path / "log_key.json").chmod(0o640)

    with pytest.raises(SigningKeyUnsafe, match="chmod 600"):
        FileSigningKey(tmp_path).sign(b"x")


@pytest.mark.parametrize("text", ["", "{", '{"name": "x"}', '{"name": "x", "private": "AAAA"}'])
def test_a_damaged_key_file_is_refused_with_the_remedy(tmp_path, text):
    (tmp_path / "log_key.json").write_text(text)
    (tmp_path / "log_key.json").chmod(0o600)

    with pytest.raises(SigningKeyUnsafe, match="backup"):
        FileSigningKey(tmp_path).sign(b"x")


def test_replaced_keys_still_verify_what_they_signed(tmp_path):
    key = FileSigningKey(tmp_path)
    first = key.create(name=NAME)
    signature = key.sign(b"old")

    second, third = key.rotate(), key.rotate()

    assert FileSigningKey(tmp_path).known_keys == (third, second, first)
    assert key.check(first.public_key, signature, b"old")
    assert {first.name, second.name, third.name} == {NAME}
