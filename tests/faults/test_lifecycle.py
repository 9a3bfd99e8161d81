"""The running demo and the deaths of its parts: what ends, what comes back, what is left.

One demo is made for the whole file; each test starts the product on it again, as a person would.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from counterfoil.foundation import embedded
from tests.product import (
    Demo,
    cluster_state,
    counterfoil,
    descendants,
    findings,
    is_listening,
    parents,
    submissions,
    wait_until,
    wait_until_gone,
)

pytestmark = [
    pytest.mark.db,
    pytest.mark.slow,
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

PERSON, WORK = "Dana Whitfield", "/console/submissions/sub_"


@dataclass(frozen=True, slots=True)
class Made:
    """A data folder with a demo in it that was stopped, and what its first run showed."""

    home: Path
    submissions: int
    queue: str
    exit_status: int
    state: str
    port: int


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    """This will make the demo, look at it as a person, and stop it by a signal."""
    home = tmp_path_factory.mktemp("demo") / "h"
    demo = Demo(home)
    try:
        queue, count, all_of_it = demo.queue_of(PERSON), submissions(home), demo.everything()
        exit_status = demo.stop()
        wait_until_gone(all_of_it)
    finally:
        demo.clear_away()
    return Made(home, count, queue, exit_status, cluster_state(home), demo.port)


@pytest.fixture
def run(made) -> Iterator[Callable[[], Demo]]:
    """This will return a function that starts the product again on the demo's data."""
    begun: list[Demo] = []

    def start() -> Demo:
        begun.append(Demo(made.home, is_told_all=True))
        return begun[-1]

    yield start
    for demo in reversed(begun):
        demo.clear_away()


def is_usable(demo: Demo, made: Made) -> bool:
    """This will tell whether a person signs in and finds work, and no submission is missing."""
    queue = demo.queue_of(PERSON)
    return PERSON in queue and WORK in queue and submissions(demo.home) == made.submissions


def test_a_stop_signal_ends_every_process_frees_the_port_and_shuts_the_database_down(made):
    assert PERSON in made.queue
    assert WORK in made.queue
    assert made.submissions > 20
    assert made.exit_status == 0
    assert made.state == "shut down"
    assert not is_listening(made.port)


def test_a_database_and_a_web_server_that_die_come_back_under_the_running_product(made, run):
    demo = run()

    for part in (demo.database, demo.web):
        pid = part()
        demo.kill(pid)
        wait_until(lambda part=part, pid=pid: part() not in {0, pid})
        demo.wait_until_ready()
        assert is_usable(demo, made)

    assert "database server ended; starting it again" in demo.said()
    assert "web process ended (exit -9); starting it again" in demo.said()
    assert demo.stop() == 0
    assert cluster_state(made.home) == "shut down"


def test_a_killed_supervisor_takes_its_processes_along_and_the_next_start_takes_the_database_over(
    made, run
):
    demo = run()
    server = demo.database()
    without_database = demo.everything() - {server} - descendants(server)

    demo.kill(demo.process.pid)

    wait_until_gone(without_database)
    wait_until(lambda: not is_listening(demo.port))
    again = run()
    assert again.database() == server
    assert is_usable(again, made)
    everything = again.everything()
    assert again.stop() == 0
    wait_until_gone(everything)
    assert cluster_state(made.home) == "shut down"


def test_supervisor_web_server_and_database_killed_at_once_leave_nothing_on_the_port(made, run):
    demo = run()
    everything = demo.everything()

    # The web server's own child is not killed: it must notice, or it holds the port for ever.
    demo.kill(demo.process.pid, demo.web(), demo.database())

    wait_until_gone(everything)
    # A process is a corpse as soon as its first thread is; the others close the port.
    wait_until(lambda: not is_listening(demo.port))
    assert cluster_state(made.home) == "in production"
    again = run()
    assert is_usable(again, made)
    assert again.stop() == 0
    assert cluster_state(made.home) == "shut down"


@pytest.mark.parametrize("asks", [True, False])
def test_a_child_outlives_its_killed_parent_unless_it_asks_for_the_opposite(asks):
    """The planted fault is the second case: a web server's child that nobody told."""
    ask = f"end_with_parent(parent={{}}, number={int(signal.SIGKILL)})" if asks else "pass"
    script = f"""
import os, time
from counterfoil.foundation.processes import end_with_parent
parent = os.getpid()
child = os.fork()
if child == 0:
    {ask.format("parent")}
    print(os.getpid(), flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        parent.wait()
        if asks:
            wait_until_gone({child})
        else:
            assert child in parents()
    finally:
        if child in parents():
            os.kill(child, signal.SIGKILL)
        parent.stdout.close()


def test_a_first_start_killed_before_the_grants_is_finished_by_the_next_command(tmp_path):
    home = tmp_path / "h"
    try:
        killed = counterfoil(home, "db", "migrate", COUNTERFOIL_CRASH_AT="migrate.before_grants")
        assert killed.code == -signal.SIGKILL

        assert "permission denied" in findings(home)["database"]["detail"]
        mended = counterfoil(home, "db", "check")

        assert mended.code == 0, mended.err
        assert "Bringing the database up to this version" in mended.err
        assert cluster_state(home) == "shut down"
    finally:
        embedded.stop(embedded.embedded_at(home))
