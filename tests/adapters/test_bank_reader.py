"""Banks' files in the child process: the same answers, and whatever goes wrong is a refusal."""

import json

import pytest

from counterfoil.adapters.reader_sandbox import Limits, SandboxBankReader, bank
from counterfoil.adapters.reader_sandbox.process import ChildGone, ChildTooSlow
from counterfoil.core.bankfiles.plain import NotPlain, from_plain, to_plain
from counterfoil.core.bankfiles.reading import read_bank_file
from counterfoil.core.bankfiles.statements import BankFileRefused
from tests.core.bank_corpus import GOOD, bad_files

MIB = 1 << 20


def test_the_child_reads_what_this_process_reads() -> None:
    reader = SandboxBankReader()

    for name, content in GOOD.items():
        assert reader.read(content, file=name) == read_bank_file(content, file=name)


def test_the_child_refuses_in_the_words_of_the_reader() -> None:
    reader = SandboxBankReader()

    for case in list(bad_files())[::40]:
        if case.fate != "refused":
            continue
        with pytest.raises(BankFileRefused) as here:
            read_bank_file(case.content, file=case.name)
        with pytest.raises(BankFileRefused) as there:
            reader.read(case.content, file=case.name)
        assert str(here.value) == str(there.value)


@pytest.mark.parametrize("trouble", [ChildGone, ChildTooSlow])
def test_a_child_that_dies_or_hangs_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, trouble: type[Exception]
) -> None:
    def dies(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(bank.Child, "exchange", dies)

    with pytest.raises(BankFileRefused, match=r"s\.xml:1: the reader of banks' files gave up"):
        SandboxBankReader().read(GOOD["s.xml"], file="s.xml")


def test_a_file_that_needs_more_memory_than_it_may_is_a_refusal() -> None:
    entry = GOOD["s.xml"].split(b"<Ntry>")[1].split(b"</Ntry>")[0]
    many = b"<Ntry>" + entry + b"</Ntry>"
    content = GOOD["s.xml"].replace(b"</Stmt>", many * 60_000 + b"</Stmt>")

    with pytest.raises(BankFileRefused):
        SandboxBankReader(Limits(memory_bytes=160 * MIB, size_max=256 * MIB)).read(
            content, file="many.xml"
        )


def test_a_file_above_the_limit_is_not_even_sent_to_the_child() -> None:
    with pytest.raises(BankFileRefused, match="at most 1 MB"):
        SandboxBankReader(Limits(size_max=MIB)).read(b"x" * (MIB + 1), file="large")


@pytest.mark.parametrize("name", GOOD)
def test_an_answer_crosses_as_json_unharmed(name: str) -> None:
    answer = read_bank_file(GOOD[name], file=name)

    assert from_plain(json.loads(json.dumps(to_plain(answer)))) == answer


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"kind": "other", "value": []},
        {"kind": "statements", "value": None},
        {"kind": "statements", "value": ["MT940", "id", [["statement"]], ""]},
        {"kind": "statements", "value": ["MT940", "id", "text", ""]},
        {"kind": "statements", "value": [1, "id", [], ""]},
        {"kind": "returns", "value": ["NACHA", "o", "d", "2026-13-01", [], []]},
    ],
)
def test_nonsense_from_the_child_is_no_answer(data: object) -> None:
    with pytest.raises(NotPlain):
        from_plain(data)
