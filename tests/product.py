"""The real `counterfoil` command in processes of its own, on a data folder of its own."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from counterfoil.foundation import embedded
from tests.conftest import ROOT

COMMAND = [sys.executable, "-m", "counterfoil.config.entry"]
_OURS = ("COUNTERFOIL_", "DATABASE_", "SECRET_KEY", "PUBLIC_URL", "DJANGO_", "SMTP_")
READY_SECONDS = 200
WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """This will return the environment of a person who has set nothing but the data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "COUNTERFOIL_HOME": str(home), **more}


def counterfoil(home: Path, *words: str, **more: str) -> Said:
    """This will run `counterfoil …` to its end; `more` are environment variables."""
    done = subprocess.run(
        [*COMMAND, *words],
        env=environment(home, **more), cwd=ROOT, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def findings(home: Path, **more: str) -> dict[str, dict[str, str]]:
    """This will return what `counterfoil doctor` finds wrong, by what it looked at."""
    said = counterfoil(home, "doctor", "--json", **more)
    bad = {row["what"]: row for row in json.loads(said.out) if not row["is_good"]}
    assert said.code == (1 if bad else 0)
    return bad


def free_port() -> int:
    """This will return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """This will tell whether somebody answers on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def parents() -> dict[int, int]:
    """This will return the parent of every process that is not a corpse."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    """This will return the children of a process, theirs, and so on."""
    tree, found = parents(), {pid}
    while more := {child for child, parent in tree.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_until(is_so: Callable[[], bool]) -> None:
    """This will return when it is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.05)


def wait_until_gone(pids: set[int]) -> None:
    """This will return when none of the processes lives any more."""
    end = time.monotonic() + WAIT_SECONDS
    while left := pids & parents().keys():
        assert time.monotonic() < end, f"still there: {sorted(map(command_of, left))}"
        time.sleep(0.05)


def command_of(pid: int) -> str:
    """This will return the command line of a process."""
    with suppress(OSError):
        return f"{pid} " + Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return str(pid)


def cluster_state(home: Path) -> str:
    """This will return what the database's control data says of its last stop."""
    server = embedded.embedded_at(home)
    done = subprocess.run(
        [embedded.binaries() / "pg_controldata", "-D", server.data],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return re.search(r"^Database cluster state: +(.+)$", done.stdout, re.M).group(1)


def everything_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """This will return mode and content of every file and folder, to see that nothing changed."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def as_admin(home: Path, statement: str) -> list[tuple]:
    """This will run SQL as the administrator of the embedded server, which must be running."""
    address = f"postgresql://postgres@/counterfoil?host={embedded.embedded_at(home).socket}"
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def submissions(home: Path) -> int:
    """This will count the submissions of a running product."""
    return as_admin(home, "SELECT count(*) FROM submissions_submission")[0][0]


class Demo:
    """A running `counterfoil demo`; every process it starts is remembered."""

    def __init__(self, home: Path, *, is_told_all: bool = False) -> None:
        """This will start it and return when it answers.

        A command that is told the demo's settings need not start itself again with them.
        """
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {"COUNTERFOIL_DEMO": "1", "PUBLIC_URL": self.url} if is_told_all else {}
        self._said = (home.parent / f"said-{self.port}").open("w+")
        self.process = subprocess.Popen(
            [*COMMAND, "demo", "--partners", "5", "--port", str(self.port)],
            env=environment(home, **settings), cwd=ROOT, stdout=self._said, stderr=self._said,
        )  # fmt: skip
        try:
            self.wait_until_ready()
        except BaseException:
            self.clear_away()
            raise

    def said(self) -> str:
        """This will return what the command has said until now."""
        self._said.seek(0)
        return self._said.read()

    def wait_until_ready(self) -> None:
        """This will return when /readyz answers 200."""
        end = time.monotonic() + READY_SECONDS
        while self.status("/readyz") != 200:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def status(self, path: str) -> int:
        """This will return the status of a page, 0 without an answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def queue_of(self, name: str) -> str:
        """This will sign in as a person of the demo and return their list of submissions."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        door = browser.open(f"{self.url}/demo/", timeout=20).read().decode()
        form = next(part for part in re.findall(r"<form.*?</form>", door, re.S) if name in part)
        action = re.search(r'action="([^"]+)"', form).group(1)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form).group(1)
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token}).encode()
        browser.open(self.url + action, body, timeout=20).read()
        return browser.open(f"{self.url}/console/queue/?view=all", timeout=20).read().decode()

    def database(self) -> int:
        """This will return the process id of its database server, 0 when there is none."""
        return embedded.server_pid(embedded.embedded_at(self.home)) or 0

    def web(self) -> int:
        """This will return the process id of its web server, 0 when there is none.

        A child of it answers the requests.
        """
        ours = (pid for pid, parent in parents().items() if parent == self.process.pid)
        return next((pid for pid in ours if "granian" in command_of(pid)), 0)

    def everything(self) -> set[int]:
        """This will return all its processes, the database's among them."""
        server = self.database()
        ours = {self.process.pid} | descendants(self.process.pid)
        return ours | {server} | descendants(server)

    def stop(self) -> int:
        """This will end it as `kill` does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self, *pids: int) -> None:
        """This will kill processes of ours at once, as `kill -9` and the kernel's killer do."""
        assert set(pids) <= self.everything()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if self.process.pid in pids:
            self.process.wait(timeout=20)

    def clear_away(self) -> None:
        """This will end what a failed test left; after a good one there is nothing."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._said.close()
        embedded.stop(embedded.embedded_at(self.home))
