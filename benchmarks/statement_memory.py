"""How much memory a camt.053 of 100,000 entries takes to read: under 200 MB, all included.

Run `python benchmarks/statement_memory.py [--entries N]`. The file is made piece by piece and
never held whole; the reader keeps every entry and detail. Peak memory is that of the process, by
the kernel's account, and beside it what it was before reading.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from counterfoil.core.bankfiles.camt import read_camt_pieces  # the path comes first

TARGET_MB = 200
HEAD = (
    '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-07-01T00:00:00</CreDtTm></GrpHdr>"
    "<Stmt><Id>S</Id><ElctrncSeqNb>1</ElctrncSeqNb>"
    "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
)
BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-07-01</Dt></Dt></Bal>"
)
ENTRY = (
    '<Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-07-01</Dt></BookgDt><ValDt><Dt>2026-07-01</Dt></ValDt>"
    "<AcctSvcrRef>REF{number:09d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>"
    "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>"
    '<EndToEndId>NGS-1-000001-{number}-1</EndToEndId></Refs><Amt Ccy="EUR">10.00</Amt>'
    "<RltdPties><Cdtr><Pty><Nm>Partner number {number} GmbH</Nm></Pty></Cdtr><CdtrAcct><Id>"
    "<IBAN>DE{number:020d}</IBAN></Id></CdtrAcct></RltdPties><RmtInf><Ustrd>Claim {number} of "
    "the second quarter</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)


def pieces(entries: int) -> Iterator[bytes]:
    """This will make the statement, some entries at a time."""
    closing = f"{2_000_000 - entries * 10}.00"
    yield HEAD.encode()
    yield BALANCE.format(code="OPBD", amount="2000000.00").encode()
    yield BALANCE.format(code="CLBD", amount=closing).encode()
    for start in range(0, entries, 100):
        chunk = range(start, min(start + 100, entries))
        yield "\n".join(ENTRY.format(number=number) for number in chunk).encode()
    yield b"</Stmt></BkToCstmrStmt></Document>"


def peak_mb() -> float:
    """This will return the most memory that the process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """This will read the file and print what it took."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--entries", type=int, default=100_000)
    entries = arguments.parse_args().entries
    size = sum(len(piece) for piece in pieces(entries))
    before, start = peak_mb(), time.perf_counter()
    [statement] = read_camt_pieces(pieces(entries), file="large.xml").statements
    seconds, peak = time.perf_counter() - start, peak_mb()
    assert statement.ties, statement.review
    assert len(statement.entries) == len(statement.details) == entries
    verdict = "kept" if peak < TARGET_MB else "MISSED"
    print(
        f"{entries:,} entries, {size / 1e6:.0f} MB of XML: {seconds:.1f} s, peak {peak:.0f} MB "
        f"(before reading {before:.0f} MB); target {TARGET_MB} MB: {verdict}"
    )


if __name__ == "__main__":
    main()
