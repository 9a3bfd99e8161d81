"""A command as a person types it, on the session's database and with adapters of its own."""

import io
import sys
from contextlib import nullcontext
from dataclasses import dataclass

import pytest
from django.conf import settings

from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli import acting
from counterfoil.interfaces.cli.app import app, run
from tests.audit_stock import built_audit, own_audit
from tests.submission_stock import World, make_world

__all__ = ["built_audit", "own_audit"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said, and its exit status."""

    code: int
    out: str
    err: str


@pytest.fixture
def counterfoil(monkeypatch, capsysbinary, tmp_path):
    """This will return a function that runs `counterfoil …` to its exit status."""
    assert app is not None
    monkeypatch.setattr(acting, "running_database", nullcontext)
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS,
        "evidence_store",
        ("counterfoil.adapters.files_local.LocalFiles", {"root": tmp_path / "evidence"}),
    )
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS,
        "signing_key",
        ("counterfoil.adapters.files_keys.FileSigningKey",
         {"folder": tmp_path / "keys", "may_be_demo": True}),
    )  # fmt: skip
    monkeypatch.setitem(
        settings.COUNTERFOIL_ADAPTERS,
        "checkpoint_store",
        ("counterfoil.adapters.files_checkpoints.CheckpointFolder",
         {"root": tmp_path / "checkpoints"}),
    )  # fmt: skip
    forget = getattr(adapter, "cache_clear", None)
    if forget is not None:
        forget()

    def call(*words: str, stdin: bytes = b"") -> Answer:
        monkeypatch.setattr(sys, "argv", ["counterfoil", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            code = run()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsysbinary.readouterr()
        return Answer(code, said.out.decode(), said.err.decode())

    yield call
    if forget is not None:
        forget()


@pytest.fixture
def world(db) -> World:
    """This will make people, partners, a program, a fund and the shipped playbooks."""
    return make_world()
