"""What `serve` says: that it answers when it does, and that it does not when that takes long."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from counterfoil.interfaces.cli import serve, supervising


@pytest.fixture
def answering():
    """A web server on a port of its own that answers with `status`."""

    class Answers(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Answers, server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "answers"), [(200, True), (400, True), (500, False), (503, False)]
)
def test_a_page_that_fails_is_no_answer_and_a_refused_host_is_one(answering, status, answers):
    handler, port = answering
    handler.status = status

    assert serve._answers("0.0.0.0", port) is answers


def test_nobody_on_the_port_is_no_answer(answering):
    _, port = answering

    assert serve._answers("127.0.0.1", 1) is False
    assert serve._answers("127.0.0.1", port) is True


def test_the_address_is_said_when_it_answers_and_a_long_wait_is_said_once(monkeypatch, capsys):
    monkeypatch.setattr(supervising, "_READY_SECONDS", 0.5)
    rounds = []

    def is_ready():
        rounds.append(1)
        return len(rounds) >= 5

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        monkeypatch.setattr(supervising, "say", lambda words: print(words))
        rounds_of_upkeep = []

        def upkeep():
            rounds_of_upkeep.append(1)
            if len(rounds_of_upkeep) == 8:
                os.kill(os.getpid(), signal.SIGTERM)

        supervising.supervise(
            {"sleeper": [sys.executable, "-c", "import time; time.sleep(60)"]},
            environment=dict(os.environ), ready="It is there", is_ready=is_ready, upkeep=upkeep,
        )  # fmt: skip
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    said = capsys.readouterr().out

    assert said.count("It is there") == 1
    assert said.count("does not answer yet") == 1
    assert said.index("does not answer yet") < said.index("It is there")
    assert len(rounds) == 5
