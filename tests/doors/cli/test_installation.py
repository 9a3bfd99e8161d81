"""Setting up, starting and judging an installation by the real command, as a stranger does."""

import os
import socket
import sys
from pathlib import Path

import pytest

from counterfoil.foundation import embedded
from counterfoil.interfaces.cli.output import Refused
from counterfoil.interfaces.cli.ports import refuse_taken_port
from tests.product import (
    as_admin,
    cluster_state,
    counterfoil,
    everything_below,
    findings,
    free_port,
)

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """This will set an installation up as the how-to says, with the embedded database."""
    home = tmp_path_factory.mktemp("life") / "h"
    for words in (["keys", "init"], ["db", "migrate"]):
        done = counterfoil(home, *words)
        assert done.code == 0, done.err
    return home


@pytest.fixture
def taken_port():
    """This will listen on a port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_new_installation_is_sound_and_its_database_was_shut_down(home):
    assert findings(home) == {}
    assert cluster_state(home) == "shut down"


def test_doctor_says_what_a_machine_without_an_installation_lacks_and_makes_nothing(tmp_path):
    found = findings(tmp_path / "h")

    assert set(found) == {"secret key", "keys", "database server"}
    assert "never started" in found["database server"]["detail"]
    assert "counterfoil db migrate" in found["database server"]["remedy"]
    assert "no signing key" in found["keys"]["detail"]
    assert "counterfoil keys init" in found["keys"]["remedy"]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_grant_is_named_and_db_migrate_puts_it_back(home):
    server = embedded.embedded_at(home)
    embedded.start(server)
    try:
        as_admin(home, "REVOKE INSERT ON audit_event FROM cf_staff")

        checked = counterfoil(home, "db", "check")
        found = findings(home)
        mended = counterfoil(home, "db", "migrate")

        assert checked.code == 1
        assert "audit_event: cf_staff has" in checked.err
        assert "counterfoil db migrate" in checked.err
        assert set(found) == {"database"}
        assert "audit_event: cf_staff has" in found["database"]["detail"]
        assert "counterfoil db migrate" in found["database"]["remedy"]
        assert mended.code == 0, mended.err
        assert counterfoil(home, "db", "check").code == 0
        assert embedded.is_running(server)
    finally:
        embedded.stop(server)


@pytest.mark.parametrize(
    ("content", "words", "remedy"),
    [
        (None, "no signing key in", "counterfoil keys init"),
        ("{not json", "is damaged; restore it from the backup", "keep-keys"),
    ],
)
def test_doctor_names_a_signing_key_that_is_missing_or_damaged(home, content, words, remedy):
    key = home / "keys" / "log_key.json"
    kept = key.read_text()
    try:
        key.unlink()
        if content is not None:
            key.write_text(content)
            key.chmod(0o600)
        found = findings(home)
    finally:
        key.write_text(kept)
        key.chmod(0o600)

    assert set(found) == {"keys"}
    assert words in found["keys"]["detail"]
    assert remedy in found["keys"]["remedy"]


def test_the_data_of_another_version_is_named_by_doctor_and_every_command(home):
    marker = home / "postgresql" / "data" / "PG_VERSION"
    kept = marker.read_text()
    try:
        marker.write_text("15\n")
        before = everything_below(home)
        found, checked = findings(home), counterfoil(home, "db", "check")
        unchanged = everything_below(home) == before
    finally:
        marker.write_text(kept)

    assert set(found) == {"database server"}
    assert "written by PostgreSQL 15" in found["database server"]["detail"]
    assert "pg_dump" in found["database server"]["remedy"]
    assert checked.code == 1
    assert "written by PostgreSQL 15" in checked.err
    assert unchanged


def test_a_file_in_the_place_of_the_folder_is_named_by_doctor_and_every_command(tmp_path):
    home = tmp_path / "h"
    home.write_text("mine")

    found, checked = findings(home), counterfoil(home, "db", "check")

    assert "is a file, not a folder" in found["data folder"]["detail"]
    assert "is a file, not a folder" in found["database server"]["detail"]
    assert checked.code == 1
    assert "COUNTERFOIL_HOME" in checked.err
    assert home.read_text() == "mine"


def test_a_server_of_ones_own_that_does_not_answer_is_named(home):
    url = f"postgresql://cf_app@127.0.0.1:{free_port()}/counterfoil"

    found = findings(home, DATABASE_URL=url)
    migrated = counterfoil(home, "db", "migrate", DATABASE_URL=url, DATABASE_OWNER_URL=url)
    made = counterfoil(home, "db", "init", "--admin-url", url, DATABASE_URL=url)

    assert set(found) == {"database"}
    assert "does not answer" in found["database"]["detail"]
    assert "DATABASE_URL" in found["database"]["remedy"]
    assert migrated.code == made.code == 1
    assert "DATABASE_OWNER_URL" in migrated.err
    assert "--admin-url" in made.err


@pytest.mark.parametrize("words", [["serve"], ["demo", "--partners", "5"]])
def test_a_taken_port_is_named_with_its_option_before_anything_is_made(
    words, taken_port, tmp_path
):
    said = counterfoil(
        tmp_path / "h", *words, "--port", str(taken_port), SECRET_KEY="a secret of this test"
    )

    assert said.code == 1
    assert f"Port {taken_port} on 127.0.0.1 is taken by" in said.err
    assert "--port" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_the_holder_of_a_port_is_named_by_process_and_the_port_offered_is_free(taken_port):
    with pytest.raises(Refused) as refused:
        refuse_taken_port("127.0.0.1", taken_port)

    assert f"process {os.getpid()} (" in refused.value.problem
    offered = int(refused.value.remedy.rpartition(" ")[2])
    refuse_taken_port("127.0.0.1", offered)


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_named(host):
    with pytest.raises(Refused, match=rf"{host} can't be listened on.*\n.*--host"):
        refuse_taken_port(host, free_port())


def test_nothing_is_served_with_the_public_key_of_the_demo(tmp_path):
    for command in ("serve", "worker"):
        said = counterfoil(tmp_path / "h", command)

        assert said.code == 1
        assert "counterfoil keys init" in said.err
    assert list(tmp_path.iterdir()) == []
