"""The embedded server: what it refuses before it writes, and who stops it."""

import os
import stat
from pathlib import Path

import pytest

from counterfoil.foundation import embedded
from counterfoil.foundation.embedded import EmbeddedDatabaseRefused, embedded_at
from counterfoil.foundation.embedded import server as server_module
from counterfoil.foundation.embedded.programs import carried_version
from tests.product import cluster_state, everything_below

pytestmark = [pytest.mark.db, pytest.mark.crash]

IS_ROOT = os.geteuid() == 0


def a_file_for_the_folder(home: Path) -> None:
    home.write_text("mine")


def a_file_for_the_servers_folder(home: Path) -> None:
    home.mkdir()
    (home / "postgresql").write_text("mine")


def a_file_for_the_clusters_folder(home: Path) -> None:
    (home / "postgresql").mkdir(parents=True)
    (home / "postgresql" / "data").write_text("mine")


def cluster(home: Path) -> Path:
    data = home / "postgresql" / "data"
    data.mkdir(parents=True)
    return data


def foreign_files(home: Path) -> None:
    data = cluster(home)
    (data / "thesis.txt").write_text("mine")
    (data / "pictures").mkdir()


def an_older_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_text("15\n")


def a_newer_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_text("99\n")


def an_ancient_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_text("9.6\n")


def an_empty_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_text("")


def a_word_for_the_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_text("eighteen\n")


def bytes_for_the_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").write_bytes(b"\xff\x00\xfe18")


def a_folder_for_the_version(home: Path) -> None:
    (cluster(home) / "PG_VERSION").mkdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (a_file_for_the_folder, ["h is a file, not a folder", "COUNTERFOIL_HOME"]),
        (a_file_for_the_servers_folder, ["postgresql is a file", "COUNTERFOIL_HOME"]),
        (a_file_for_the_clusters_folder, ["data is a file", "Move it away"]),
        (foreign_files, ["holds no database (pictures, thesis.txt)", "Move its files away"]),
        (an_older_version, ["written by PostgreSQL 15", "pg_dump", "DATABASE_URL"]),
        (a_newer_version, ["written by PostgreSQL 99", "this program carries version"]),
        (an_ancient_version, ["written by PostgreSQL 9.6"]),
        (an_empty_version, ["holds no version", "backup"]),
        (a_word_for_the_version, ["holds no version", "backup"]),
        (bytes_for_the_version, ["can't be read (it is not text)", "backup"]),
        (a_folder_for_the_version, ["can't be read (Is a directory)", "backup"]),
    ],
)
def test_an_unfit_folder_is_refused_in_words_and_stays_as_it_was(spoil, words, tmp_path):
    home = tmp_path / "h"
    spoil(home)
    before = everything_below(tmp_path)

    with pytest.raises(EmbeddedDatabaseRefused) as refused:
        embedded.start(embedded_at(home))
    with pytest.raises(EmbeddedDatabaseRefused), embedded.using(embedded_at(home)):
        pytest.fail("the server ran")

    assert [part for part in words if part not in str(refused.value)] == []
    assert refused.value.remedy
    assert everything_below(tmp_path) == before


def test_a_place_where_no_folder_can_be_made_is_refused_in_words():
    home = Path("/proc/counterfoil")

    with (
        pytest.raises(EmbeddedDatabaseRefused, match=r"can't be used.*COUNTERFOIL_HOME"),
        embedded.using(embedded_at(home)),
    ):
        pytest.fail("the server ran")


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_that_may_not_be_written_is_refused_in_words(mode, tmp_path):
    home = tmp_path / "h"
    home.mkdir()
    home.chmod(mode)
    try:
        with pytest.raises(EmbeddedDatabaseRefused, match=r"can't be (used|written)"):
            embedded.start(embedded_at(home))
    finally:
        home.chmod(0o700)


def test_commands_share_the_server_and_the_last_one_stops_it(tmp_path, monkeypatch):
    home = tmp_path / "h"
    server = embedded_at(home)
    # What a first start leaves that was killed while it made the cluster.
    server.unfinished.mkdir(parents=True)
    (server.unfinished / "PG_VERSION").write_text(carried_version())
    try:
        with embedded.using(server):
            with embedded.using(server):
                assert embedded.is_running(server)
            assert embedded.is_running(server)
        assert not embedded.is_alive(server)
        assert cluster_state(home) == "shut down"
        assert not server.unfinished.exists()
        assert {path.name for path in server.base.iterdir()} <= embedded.KNOWN_NAMES
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700

        # Somebody starts it for themselves: commands come and go, and leave it running.
        assert embedded.start(server)
        assert not embedded.start(server)
        with embedded.using(server):
            assert embedded.is_running(server)
        assert embedded.is_running(server)

        # It is slow to answer: that is no death, and nobody becomes its owner.
        answers = iter([False, True])
        monkeypatch.setattr(server_module, "is_running", lambda _server: next(answers))
        with embedded.using(server):
            assert not server.stop_when_unused.exists()
        assert embedded.is_running(server)
    finally:
        embedded.stop(server)
    embedded.stop(server)
    assert not embedded.is_running(server)
