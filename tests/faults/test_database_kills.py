"""PostgreSQL itself is killed ten times while two clients post money: no acknowledged entry is
lost, none is there by half, and the books balance after each death.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from counterfoil.foundation import embedded
from tests.conftest import ROOT

pytestmark = [pytest.mark.db, pytest.mark.crash, pytest.mark.slow]
KILLS = 10
ENOUGH = 6
"""Posts that a life acknowledges before it is ended."""
LIVES = """
import sys
import django
django.setup()
from django.conf import settings
from counterfoil.foundation import database
database.initialize(
    settings.ADMIN_URL, name=settings.DATABASES["default"]["NAME"], app_password="cf",
    owner_password="cf",
)
database.migrate()
from tests.faults.test_database_kills import lives
lives(sys.argv[1])
"""


def lives(path: str) -> None:
    """This will post until the server dies, then check what is there, as often as it is killed."""
    from counterfoil.foundation.acting import acting_as, staff
    from tests.apps.ledger.stock import budget, post
    from tests.money_stock import make_partner

    with acting_as(staff()):
        partners = [make_partner(f"P{number}") for number in range(5)]
        post(budget(10**12))
    with Path(path).open("a") as known:
        known.write("begun\n")
        for life in range(KILLS):
            _post_until_death(known, partners, life)
            _check(Path(path))
            known.write("checked\n")
            known.flush()


def _post_until_death(known, partners, life):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import DatabaseError, connection

    from counterfoil.apps.ledger.services import post_entries
    from counterfoil.foundation.acting import acting_as, staff
    from tests.apps.ledger.stock import draft
    from tests.money_stock import AT, OPS

    def client(place):
        try:
            for number in range(1_000_000):
                # One entry, then a batch of forty, each noted once it is acknowledged.
                size = 40 if number % 2 else 1
                name = f"{life}.{place}.{size}.{number}"
                drafts = [
                    draft("allocate", partners[n % 5], 1 + n, key=f"{name}-{n}")
                    for n in range(size)
                ]
                with acting_as(staff()):
                    post_entries(drafts=drafts, by=OPS, at=AT)
                known.write(f"{name}\n")
                known.flush()
        except DatabaseError:
            return
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clients:
        list(clients.map(client, range(2)))


def _check(known):
    from collections import Counter

    from django.db import OperationalError

    from counterfoil.apps.ledger.checks import ledger_findings
    from counterfoil.apps.ledger.models import Entry
    from counterfoil.foundation.acting import acting_as, staff

    end = time.monotonic() + 60
    while True:
        try:
            with acting_as(staff()):
                assert ledger_findings() == ()
                keys = Entry.objects.filter(kind="allocation_earned")
                found = Counter(
                    key.rpartition("-")[0] for key in keys.values_list("idem_key", flat=True)
                )
            break
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    acknowledged = {line for line in known.read_text().split() if line not in {"begun", "checked"}}
    assert acknowledged <= set(found), "an acknowledged entry is lost"
    halves = {name for name, count in found.items() if count != int(name.split(".")[2])}
    assert halves == set(), "a batch is there by half"


def _wait_for_posts(known: Path, process: subprocess.Popen[bytes], *, life: int) -> None:
    """This will wait until a life of the server has acknowledged enough."""
    end = time.monotonic() + 90
    while known.read_text().count(f"\n{life}.") < ENOUGH:
        assert process.poll() is None, "the clients ended"
        assert time.monotonic() < end, f"life {life} of the server posted too little"
        time.sleep(0.02)


def test_ten_deaths_of_the_database_lose_no_posted_entry_and_leave_none_by_half(tmp_path):
    home, known = tmp_path / "home", tmp_path / "known"
    known.touch()
    server = embedded.embedded_at(home)
    embedded.start(server)
    env = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", LIVES, str(known)],
            env={**env, "COUNTERFOIL_HOME": str(home)},
            cwd=ROOT,
            stdout=said,
            stderr=said,
        )
    try:
        for life in range(KILLS):
            _wait_for_posts(known, process, life=life)
            pid = embedded.server_pid(server)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            restart(server)
        assert process.wait(90) == 0, (tmp_path / "said").read_text()[-2000:]
    finally:
        process.kill()
        embedded.stop(server)
    assert known.read_text().split().count("checked") == KILLS


def restart(server: embedded.Embedded) -> None:
    """This will start the server again; the old one's children may need a moment to leave."""
    end = time.monotonic() + 30
    while True:
        try:
            embedded.start(server)
            return
        except embedded.EmbeddedDatabaseRefused:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
