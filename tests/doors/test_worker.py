"""A real worker process: jobs of committed transactions only, under the queue's own role."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from counterfoil.apps.messaging.selectors import list_mail
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.foundation.acting import acting_as, discard_work, portal, staff, worker
from counterfoil.foundation.jobs import defer
from tests.conftest import ROOT, own_conninfo
from tests.people_stock import AT, organization

pytestmark = pytest.mark.db

PATIENCE_SECONDS = 30


def jobs(name: str) -> list[tuple[str, str]]:
    with psycopg.connect(own_conninfo(name, user="postgres")) as reader:
        return reader.execute(
            "SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id"
        ).fetchall()


def environment(name: str, tmp_path) -> dict[str, str]:
    parts = conninfo_to_dict(own_conninfo(name))
    query = f"host={parts['host']}" if parts["host"].startswith("/") else ""
    place = "" if query else f"{parts['host']}:{parts.get('port', 5432)}"
    password = f":{parts['password']}" if parts.get("password") else ""
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://cf_app{password}@{place}/{name}?{query}",
        "COUNTERFOIL_KEYS": str(tmp_path / "keys"),
        "COUNTERFOIL_CHECKPOINTS": str(tmp_path / "checkpoints"),
        "LOG_LEVEL": "INFO",
        "PYTHONPATH": str(ROOT / "src"),
    }


RUN = (
    "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', "
    "'counterfoil.config.settings'); django.setup(); "
    "from counterfoil.interfaces.worker.run import run_worker; run_worker(is_waiting={waiting})"
)


def start(name: str, tmp_path, *, is_waiting: bool) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", RUN.format(waiting=is_waiting)],
        env=environment(name, tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(condition) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def queue(partner_pk: int, key: str) -> None:
    queue_mail(
        template="reminder",
        to_email="ines@adler.example",
        to_name="Ines",
        language="en",
        context={"title": "x", "due_on": "x", "link": "x"},
        partner_id=partner_pk,
        about="sub_x",
        idem_key=key,
        at=AT,
    )


def mail_states() -> list[str]:
    with acting_as(worker()):
        return [row.state for row in list_mail().rows]


def test_a_job_is_queued_in_the_partners_own_transaction_and_vanishes_with_it(own_database):
    with acting_as(portal(7)):
        defer("screen_submission", submission_id="sub_kept")
    with acting_as(portal(7)):
        defer("screen_submission", submission_id="sub_lost")
        discard_work()

    assert jobs(own_database) == [("screen_submission", "todo")]


def test_a_partner_can_queue_and_can_neither_read_nor_change_the_queue(own_database):
    with acting_as(portal(7)):
        defer("screen_submission", submission_id="sub_kept")
    for statement in (
        "SELECT count(*) FROM procrastinate_jobs",
        "DELETE FROM procrastinate_jobs",
        "SELECT procrastinate_cancel_job_v1(1, true, true)",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            acting_as(portal(7)),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_queues_role_reaches_no_business_table(own_database):
    with psycopg.connect(own_conninfo(own_database), options="-c role=cf_jobs") as jobs_only:
        assert jobs_only.execute("SELECT current_user").fetchone() == ("cf_jobs",)
        jobs_only.execute("SELECT count(*) FROM procrastinate_jobs")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            jobs_only.execute("SELECT count(*) FROM partners_organization")


def test_a_worker_does_what_was_committed_and_ends_when_the_queue_is_empty(own_database, tmp_path):
    with acting_as(staff()):
        partner = organization()
    with acting_as(portal(partner.pk)):
        queue(partner.pk, "kept")
    with acting_as(portal(partner.pk)):
        queue(partner.pk, "lost")
        discard_work()

    process = start(own_database, tmp_path, is_waiting=False)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS * 2)

    assert process.returncode == 0, output
    assert mail_states() == ["kept"], output
    assert ("send_outbox", "todo") not in jobs(own_database)


def test_a_waiting_worker_is_woken_and_stops_cleanly_on_sigterm(own_database, tmp_path):
    with acting_as(staff()):
        partner = organization()
    process = start(own_database, tmp_path, is_waiting=True)
    try:
        assert wait_for(lambda: listening(own_database)), "the worker does not listen"
        with acting_as(portal(partner.pk)):
            queue(partner.pk, "woken")
        assert wait_for(lambda: mail_states() == ["kept"])
        # The sequencer runs by itself: the partner's creation is in the log.
        assert wait_for(lambda: leaves(own_database) >= 1)

        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert process.returncode == 0, output
    assert "Traceback" not in output, output
    assert not [row for row in jobs(own_database) if row[1] in {"doing", "failed"}]


def test_a_killed_worker_leaves_nothing_half_done(own_database, tmp_path):
    with acting_as(staff()):
        partner = organization()
    with acting_as(portal(partner.pk)):
        for number in range(40):
            queue(partner.pk, f"mail-{number}")
    process = start(own_database, tmp_path, is_waiting=True)
    wait_for(lambda: "kept" in mail_states())
    process.kill()
    process.communicate()

    process = start(own_database, tmp_path, is_waiting=False)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS * 2)

    assert process.returncode == 0, output
    assert mail_states() == ["kept"] * 40


def listening(name: str) -> bool:
    with psycopg.connect(own_conninfo(name, user="postgres")) as reader:
        row = reader.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
    return bool(row and row[0])


def leaves(name: str) -> int:
    with psycopg.connect(own_conninfo(name, user="postgres")) as reader:
        row = reader.execute("SELECT count(*) FROM audit_logleaf").fetchone()
    return int(row[0]) if row else 0
