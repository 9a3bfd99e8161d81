"""Faults planted into the program: each makes a named check of the ordinary suite fail.

Most stand beside the checks that they prove; here are those without a home, and the test that the
list of all of them is true (trust.md 6.5: a safety test without its planted fault does not count).
"""

import ast
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from counterfoil.adapters.files_local import LocalFiles
from counterfoil.core import canonical, clocks, matching
from counterfoil.flows import import_records
from tests.adapters import test_files_local
from tests.conftest import ROOT
from tests.core import test_canonical, test_clocks, test_matching
from tests.faults.catalog import FAULTS
from tests.flows import test_import_records as imports
from tests.flows.test_import_records import mapped, store  # noqa: F401  fixtures of the check

PAGE = ROOT / "docs" / "explanation" / "planted-faults.md"


def expect_caught(check: Callable[..., Any], *given: Any, **more: Any) -> None:
    """This will fail unless the check itself fails, now that the fault is planted."""
    try:
        with transaction.atomic() if more.pop("in_database", False) else _nothing():
            check(*given, **more)
    except (AssertionError, pytest.fail.Exception):
        return
    pytest.fail(f"{check.__name__} does not see the planted fault")


class _nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def test_an_invoice_key_without_normalization_is_caught(monkeypatch):
    check = test_matching.test_the_same_invoice_in_other_clothes_has_the_same_key
    check()
    monkeypatch.setattr(matching, "normalize_invoice_number", str)

    expect_caught(check)


def test_a_clock_that_never_pauses_is_caught(monkeypatch):
    check = test_clocks.test_a_pause_stops_our_clock_from_the_delivery_to_the_first_complete_reply
    check()
    monkeypatch.setattr(clocks._Machine, "reasons", property(lambda self: ()))

    expect_caught(check)


def test_canonical_bytes_in_order_of_insertion_are_caught(monkeypatch):
    check = test_canonical.test_the_bytes_are_those_of_rfc_8785
    check()
    dumps = canonical.json.dumps
    monkeypatch.setattr(
        canonical.json, "dumps", lambda value, **how: dumps(value, **{**how, "sort_keys": False})
    )

    expect_caught(check)


def test_a_store_that_overwrites_is_caught(monkeypatch, tmp_path):
    check = test_files_local.test_a_changed_file_is_noticed_and_never_mended_in_silence
    check(LocalFiles(tmp_path / "sound"))

    def overwrite(self, source):
        stored = self._write(source, tmp_path / "scrap")
        target = self.path(stored.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "scrap").replace(target)
        return stored

    monkeypatch.setattr(LocalFiles, "put", overwrite)

    expect_caught(check, LocalFiles(tmp_path / "faulty"))


@pytest.mark.db
@pytest.mark.django_db
def test_an_import_half_taken_is_caught(monkeypatch, mapped, store):  # noqa: F811  fixtures
    check = imports.test_a_file_with_bad_rows_is_taken_only_when_the_person_leaves_them_out
    take = import_records.take_import
    monkeypatch.setattr(
        imports, "take_import", lambda **given: take(**{**given, "skip_bad_rows": True})
    )

    expect_caught(check, mapped, store, in_database=True)


@pytest.mark.db
@pytest.mark.django_db
def test_an_import_taken_twice_is_caught(monkeypatch, mapped, store):  # noqa: F811  fixtures
    check = imports.test_a_run_is_taken_once_and_a_discarded_one_never
    from dataclasses import replace

    get_run = import_records.exchange.get_run
    monkeypatch.setattr(
        import_records.exchange,
        "get_run",
        lambda **given: replace(get_run(**given), state="staged"),
    )
    monkeypatch.setattr(import_records, "close_run", lambda **_given: None)

    expect_caught(check, mapped, store, in_database=True)


# --- The list is true ---------------------------------------------------------------------------


def functions_of(path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_planted_fault_names_a_test_that_stands():
    missing = []
    for fault in FAULTS:
        file, _, function = fault.test.partition("::")
        path = ROOT / "tests" / file
        if not path.exists() or function not in functions_of(path):
            missing.append(fault.test)
    assert missing == []


def test_there_are_at_least_sixteen_and_no_name_stands_twice():
    names = [fault.name for fault in FAULTS]

    assert len(names) >= 16
    assert len(set(names)) == len(names)


def test_the_page_lists_every_planted_fault_with_its_test_and_no_other():
    rows = re.findall(r"^\| (.+?) \| .+ \| `tests/(.+?)` \|$", PAGE.read_text("utf-8"), re.M)

    assert rows == [(fault.name, fault.test) for fault in FAULTS]
