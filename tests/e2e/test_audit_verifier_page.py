"""The offline verifier page in a real browser: the same faults, named at the same places."""

import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import counterfoil.apps.audit
from tests.core.packs import (
    INSIDER_FAULTS,
    KEY,
    checkpoint,
    event_bytes,
    make_pack,
    missing_file,
    resealed,
)
from tests.e2e.support import browser, check_page, screenshot, watch

pytestmark = pytest.mark.e2e

PAGE = Path(counterfoil.apps.audit.__file__).parent / "verifier" / "verify.html"


@pytest.fixture(scope="module")
def running():
    with browser() as started:
        yield started


@pytest.fixture
def page(running):
    context = running.new_context(offline=True)
    opened, said = context.new_page(), []
    watch(opened, said)
    opened.goto(PAGE.as_uri())
    opened.said = said
    yield opened
    context.close()
    assert said == []


def _zip(files, path, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _verify(page, path, key="", kept=None):
    """Choose the pack, press the button by keyboard, and return verdict and findings."""
    page.set_input_files("#pack", path)
    page.fill("#key", key)
    if kept:
        page.set_input_files("#kept", kept)
    page.focus("button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.ok, .verdict.bad", timeout=20_000)
    rows = page.locator("#findings li").all_inner_texts()
    return page.inner_text("#verdict"), rows


@pytest.mark.parametrize("only", [None, (0, 4, 9)], ids=["whole", "partial"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_sound_pack_verifies(page, tmp_path, only, method):
    verdict, rows = _verify(page, _zip(make_pack(only=only), tmp_path / "pack.zip", method))

    assert "Everything in the pack fits" in verdict, rows
    assert rows == []
    assert KEY.fingerprint in page.inner_text("#facts")


def test_every_planted_fault_is_named_at_its_place(page, tmp_path):
    faults = [(resealed(fault(make_pack())), code, where) for fault, code, where in INSIDER_FAULTS]
    faults += [
        (missing_file(make_pack()), "file_missing", "decisions/dec_a.json"),
        (make_pack() | {"more.txt": b""}, "file_unlisted", "more.txt"),
        (make_pack() | {"keys.json": b"{}"}, "malformed", "keys.json"),
    ]
    for files, code, where in faults:
        verdict, rows = _verify(page, _zip(files, tmp_path / "pack.zip"))

        assert "not fit" in verdict
        assert any(code in row and where in row for row in rows), (code, where, rows)


def test_a_flipped_byte_in_any_file_is_noticed(page, tmp_path):
    files = make_pack(only=(0, 4, 9))
    for name, data in files.items():
        place = len(data) // 2
        flipped = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        verdict, rows = _verify(page, _zip(files | {name: flipped}, tmp_path / "pack.zip"))

        assert "not fit" in verdict, name
        assert any(name.partition(".")[0] in row for row in rows), (name, rows)


def test_a_key_and_a_checkpoint_that_the_auditor_holds_are_compared(page, tmp_path):
    path = _zip(make_pack(), tmp_path / "pack.zip")
    shorter = _zip(make_pack(count=8, sizes=(3, 8)), tmp_path / "shorter.zip")
    kept = tmp_path / "kept.txt"
    kept.write_text(checkpoint(event_bytes(11), 11))

    assert "fits" in _verify(page, path, key=KEY.fingerprint, kept=kept)[0]
    assert "fits" in _verify(page, path, key=KEY.verifier_key)[0]
    assert "key_not_expected" in _verify(page, path, key="00" * 32)[1][0]
    assert "outside_newer" in _verify(page, shorter, kept=kept)[1][0]


def test_what_is_no_pack_is_refused_in_words(page, tmp_path):
    whole = _zip(make_pack(), tmp_path / "whole.zip").read_bytes()
    for number, data in enumerate([b"", b"junk", whole[: len(whole) // 2], whole[:-4]]):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        verdict, rows = _verify(page, path)

        assert "not fit" in verdict
        assert "unreadable" in rows[0]


def test_our_own_hashes_and_signatures_agree_with_a_library(page):
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(7, 39)))
    public = private.public_key().public_bytes_raw()
    for message in (b"", b"a" * 111, b"b" * 112, b"c" * 300):
        signature = private.sign(message)
        check = "([k, s, m]) => ownEd25519(unhex(k), unhex(s), unhex(m))"
        wrong = bytes([signature[0] ^ 1]) + signature[1:]

        assert page.evaluate(check, [public.hex(), signature.hex(), message.hex()]) is True
        assert page.evaluate(check, [public.hex(), wrong.hex(), message.hex()]) is False
        assert page.evaluate(
            "async (m) => hex(sha256(unhex(m))) === hex(await fileHash(unhex(m)))", message.hex()
        )


def test_the_page_opens_no_connection(page):
    refused = page.evaluate(
        "fetch('https://example.org/').then(() => 'sent', (problem) => problem.name)"
    )

    assert refused == "TypeError"
    assert any("Content Security Policy" in text for text in page.said)
    page.said.clear()


def test_the_page_can_be_read_by_everybody(page, tmp_path):
    check_page(page, page.said, name="empty")
    _verify(page, _zip(resealed(INSIDER_FAULTS[0][0](make_pack())), tmp_path / "bad.zip"))
    check_page(page, page.said, name="fault")
    screenshot(page, "audit-verifier-fault", 390)
    _verify(page, _zip(make_pack(), tmp_path / "pack.zip"))
    check_page(page, page.said, name="sound")
    screenshot(page, "audit-verifier-sound", 1440)
