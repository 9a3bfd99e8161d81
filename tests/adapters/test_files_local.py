"""The evidence store keeps each content once, privately, and never overwrites it."""

import hashlib
import os
import stat
import threading

import pytest

from counterfoil.adapters.files_local import ContentDiffers, LocalFiles


@pytest.fixture
def files(tmp_path):
    return LocalFiles(tmp_path / "evidence")


def test_a_stored_file_lies_under_its_hash_and_reads_back(files, tmp_path):
    stored = files.put(b"invoice")

    assert stored.sha256 == hashlib.sha256(b"invoice").hexdigest()
    assert stored.size == 7
    expected = tmp_path / "evidence" / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
    assert files.path(stored.sha256) == expected
    with files.open(stored.sha256) as file:
        assert file.read() == b"invoice"


def test_a_path_and_its_bytes_are_the_same_content(files, tmp_path):
    source = tmp_path / "scan.pdf"
    source.write_bytes(b"x" * 3_000_000)

    assert files.put(source) == files.put(b"x" * 3_000_000)


def test_the_same_content_again_writes_nothing(files):
    stored = files.put(b"invoice")
    before = files.path(stored.sha256).stat()

    again = files.put(b"invoice")

    after = files.path(stored.sha256).stat()
    assert again == stored
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_files_and_folders_are_private_to_the_service(files, tmp_path):
    stored = files.put(b"invoice")
    path = files.path(stored.sha256)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, tmp_path / "evidence"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_changed_file_is_noticed_and_never_mended_in_silence(files):
    stored = files.put(b"invoice")
    files.path(stored.sha256).write_bytes(b"INVOICE")

    assert not files.verify(stored.sha256)
    with pytest.raises(ContentDiffers, match="restore it from the backup"):
        files.put(b"invoice")
    assert files.path(stored.sha256).read_bytes() == b"INVOICE"


def test_verify_says_no_for_a_missing_file(files):
    assert not files.verify("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_reaches_no_file(files, name):
    with pytest.raises(ValueError, match="SHA-256"):
        files.open(name)


def test_sixteen_writers_of_one_content_leave_one_file_and_no_scraps(files, tmp_path):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(files.put(b"same" * 1000)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 16
    assert len(set(answers)) == 1
    found = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert [path.name for path in found] == [answers[0].sha256]


def test_a_write_that_dies_half_way_leaves_no_named_file(files, tmp_path, monkeypatch):
    def power_cut(*_):
        raise OSError("power cut")

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        files.put(b"invoice")
    monkeypatch.undo()

    assert not files.verify(hashlib.sha256(b"invoice").hexdigest())
    assert files.put(b"invoice").size == 7


def test_the_sweep_takes_old_scraps_and_leaves_young_ones(files, tmp_path):
    files.put(b"invoice")
    old, young = tmp_path / "evidence/.incoming-old", tmp_path / "evidence/.incoming-young"
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (1000, 1000))
    os.utime(young, (4500, 4500))

    assert files.sweep(older_than_seconds=3600, at_seconds=5000) == 1
    assert young.exists()
    assert not old.exists()
