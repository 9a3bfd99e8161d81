"""The passes of `core.reconciling` over sets, staged in DuckDB's memory.

ADR 0012: the passes run beside PostgreSQL, in an in-memory DuckDB without access to files. A pass
takes a pair only when line and payment have no other candidate in that pass.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from counterfoil.core.reconciling import (
    SUBSET_MAX,
    Candidate,
    Claim,
    Found,
    Kind,
    Left,
    Line,
    Reason,
    Rule,
    Rules,
    only_subset,
)

CANDIDATES_MAX = 5
_TABLES = (
    "bank_m_line, bank_m_claim, bank_m_fee, bank_m_found, bank_m_pair, bank_m_rest, bank_m_due"
)
_LINE = {
    "id": "BIGINT", "ref": "VARCHAR", "batch": "VARCHAR", "parts": "INTEGER", "minor": "BIGINT",
    "currency": "VARCHAR", "party": "VARCHAR", "booked": "DATE",
    "is_in": "BOOLEAN", "asked": "BIGINT",
    "asked_currency": "VARCHAR",
}  # fmt: skip
_CLAIM = {
    "id": "BIGINT", "ref": "VARCHAR", "batch": "VARCHAR", "minor": "BIGINT", "currency": "VARCHAR",
    "party": "VARCHAR", "from_on": "DATE", "to_on": "DATE", "is_open": "BOOLEAN",
    "is_settled": "BOOLEAN",
    "other_minor": "BIGINT", "other_currency": "VARCHAR",
}  # fmt: skip
_FOUND = "(line BIGINT, claim BIGINT, rule VARCHAR, fee BIGINT)"
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
}

# Each pass: which pairs fit (line l of bank_m_rest, claim c of bank_m_due), and the fee.
_RETURN = (
    Rule.RETURN,
    "c.ref = l.ref AND c.currency = l.currency AND c.is_settled AND l.is_in "
    "AND c.minor - l.minor BETWEEN 0 AND coalesce(f.most, 0)",
    "c.minor - l.minor",
)
_ACCOUNT = (
    Rule.ACCOUNT,
    "c.party = l.party AND c.minor = l.minor AND c.currency = l.currency AND c.is_open "
    "AND NOT l.is_in AND l.party <> '' AND l.booked BETWEEN c.from_on AND c.to_on "
    "AND (l.ref = '' OR l.ref NOT IN (SELECT ref FROM bank_m_claim))",
    "0",
)
_FEE = (
    Rule.FEE,
    "c.ref = l.ref AND c.currency = l.currency AND c.is_open AND NOT l.is_in "
    "AND l.minor - c.minor BETWEEN 1 AND f.most",
    "l.minor - c.minor",
)
_EXCHANGE = (
    Rule.EXCHANGE,
    "c.ref = l.ref AND c.currency <> l.currency AND c.is_open AND NOT l.is_in "
    "AND (c.currency = l.asked_currency AND c.minor = l.asked AND c.other_currency = '' "
    "OR c.other_currency = l.currency AND (l.asked IS NULL OR c.minor = l.asked) "
    "AND abs(l.minor - c.other_minor) <= c.other_minor * {ppm} / 1000000)",
    "0",
)


def match_lines(
    *, lines: Sequence[Line], claims: Sequence[Claim], rules: Rules
) -> tuple[tuple[Found, ...], tuple[Left, ...]]:
    """This will match lines with payments, and say of each other line why it waits.

    It reads nothing but its arguments and writes nothing.
    """
    with prepared(rules) as cursor:
        _load(cursor, lines, claims)
        run_passes(cursor, rules)
        found = _found(cursor, {line.id: line for line in lines})
        found += _sums(lines, claims, found)
        left = _left(cursor, lines, claims, found)
    return tuple(found), left


@contextmanager
def prepared(rules: Rules) -> Iterator[duckdb.DuckDBPyConnection]:
    """This will open an empty database in memory with the tables of the passes."""
    with duckdb.connect(":memory:", config=_CLOSED) as cursor:
        for name, columns in (("bank_m_line", _LINE), ("bank_m_claim", _CLAIM)):
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            cursor.execute(f"CREATE TABLE {name} ({listed})")
        cursor.execute("CREATE TABLE bank_m_fee (currency VARCHAR, most BIGINT)")
        cursor.execute(f"CREATE TABLE bank_m_found {_FOUND}")
        for currency, most in sorted(rules.fee_max_minor.items()):
            cursor.execute("INSERT INTO bank_m_fee VALUES (?, ?)", [currency, most])
        yield cursor


def run_passes(cursor: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """This will run the set passes over bank_m_line and bank_m_claim into bank_m_found."""
    cursor.execute(
        "CREATE TABLE bank_m_pair AS SELECT l.id AS line, c.id AS claim, 0::BIGINT AS fee "
        "FROM bank_m_line l JOIN bank_m_claim c ON c.ref = l.ref AND c.minor = l.minor "
        "AND c.currency = l.currency WHERE c.is_open AND NOT l.is_in AND l.ref <> ''"
    )
    _take(cursor, Rule.REFERENCE)
    cursor.execute(
        "CREATE TABLE bank_m_rest AS SELECT l.* FROM bank_m_line l "
        "LEFT JOIN bank_m_found f ON f.line = l.id WHERE f.line IS NULL"
    )
    cursor.execute(
        "CREATE TABLE bank_m_due AS SELECT c.* FROM bank_m_claim c "
        "LEFT JOIN bank_m_found f ON f.claim = c.id WHERE f.claim IS NULL"
    )
    _pass(cursor, _RETURN)
    _batches(cursor)
    _pass(cursor, _ACCOUNT)
    _pass(cursor, _FEE)
    rule, fits, fee = _EXCHANGE
    _pass(cursor, (rule, fits.format(ppm=int(rules.exchange_ppm)), fee))


def _pass(cursor: duckdb.DuckDBPyConnection, step: tuple[Rule, str, str]) -> None:
    """Run one pass over what is left, and take its matches out of it."""
    rule, fits, fee = step
    cursor.execute("DROP TABLE bank_m_pair")
    cursor.execute(
        f"CREATE TABLE bank_m_pair AS SELECT l.id AS line, c.id AS claim, ({fee})::BIGINT "  # noqa: S608  # constants of this module
        "AS fee FROM bank_m_rest l LEFT JOIN bank_m_fee f ON f.currency = l.currency "
        f"CROSS JOIN bank_m_due c WHERE {fits}"
    )
    _take(cursor, rule)
    _forget(cursor)


def _take(cursor: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Keep the pairs whose line and claim stand in no other pair."""
    cursor.execute(
        "INSERT INTO bank_m_found SELECT p.line, p.claim, ?, p.fee FROM bank_m_pair p "
        "WHERE p.line NOT IN (SELECT line FROM bank_m_pair GROUP BY line HAVING count(*) > 1) "
        "AND p.claim NOT IN (SELECT claim FROM bank_m_pair GROUP BY claim HAVING count(*) > 1)",
        [rule.value],
    )


def _forget(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("DELETE FROM bank_m_rest r USING bank_m_found f WHERE f.line = r.id")
    cursor.execute("DELETE FROM bank_m_due d USING bank_m_found f WHERE f.claim = d.id")


def _batches(cursor: duckdb.DuckDBPyConnection) -> None:
    """One line for a whole payment file: by its message id, or by the only sum that fits.

    The sum is that of the file's payments that are still open, since a bank books a file less
    what it rejected; a count that the bank gives must be right. Without the file's id, a single
    payment of the same amount is as likely, so such a line waits.
    """
    cursor.execute("DROP TABLE bank_m_pair")
    cursor.execute(
        "CREATE TABLE bank_m_pair AS WITH files AS (SELECT batch, currency, "
        "sum(minor) AS total, count(*) AS parts, min(from_on) AS from_on, max(to_on) AS to_on "
        "FROM bank_m_due WHERE is_open AND batch <> '' GROUP BY batch, currency), "
        "single AS (SELECT x.id FROM bank_m_rest x JOIN bank_m_due d ON d.minor = x.minor "
        "AND d.currency = x.currency AND d.is_open AND x.booked BETWEEN d.from_on AND d.to_on), "
        "pairs AS (SELECT l.id AS line, f.batch, f.currency FROM bank_m_rest l JOIN files f "
        "ON f.total = l.minor AND f.currency = l.currency WHERE NOT l.is_in "
        "AND (l.parts IS NULL OR l.parts = f.parts) AND (l.batch = f.batch OR (l.batch = '' "
        "AND l.ref = '' AND f.parts > 1 AND l.booked BETWEEN f.from_on AND f.to_on "
        "AND l.id NOT IN (SELECT id FROM single)))), "
        "once AS (SELECT * FROM pairs p "
        "WHERE (SELECT count(*) FROM pairs q WHERE q.line = p.line) = 1 "
        "AND (SELECT count(*) FROM pairs q WHERE q.batch = p.batch "
        "AND q.currency = p.currency) = 1) "
        "SELECT o.line, d.id AS claim, 0::BIGINT AS fee FROM once o JOIN bank_m_due d "
        "ON d.batch = o.batch AND d.currency = o.currency AND d.is_open"
    )
    cursor.execute(
        "INSERT INTO bank_m_found SELECT line, claim, ?, fee FROM bank_m_pair", [Rule.BATCH.value]
    )
    _forget(cursor)


def _load(
    cursor: duckdb.DuckDBPyConnection, lines: Sequence[Line], claims: Sequence[Claim]
) -> None:
    line_rows = [
        (one.id, one.reference, one.batch, one.batch_count, one.minor, one.currency, one.party,
         one.booked_on, one.is_in, one.instructed_minor, one.instructed_currency)
        for one in lines
    ]  # fmt: skip
    claim_rows = [
        (one.id, one.reference, one.batch, one.minor, one.currency, one.party, one.from_on,
         one.to_on, one.state == "open",
            one.state == "settled", one.expected_minor, one.expected_currency)
        for one in claims
    ]  # fmt: skip
    for name, columns, rows in (
        ("bank_m_line", _LINE, line_rows),
        ("bank_m_claim", _CLAIM, claim_rows),
    ):
        if rows:
            marks = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
            cursor.execute(
                f"INSERT INTO {name} SELECT {marks}",  # constants of this module
                [list(column) for column in zip(*rows, strict=True)],
            )


def _found(cursor: duckdb.DuckDBPyConnection, lines: dict[int, Line]) -> list[Found]:
    cursor.execute("SELECT line, claim, rule, fee FROM bank_m_found ORDER BY line, claim")
    claims: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for line, claim, rule, fee in cursor.fetchall():
        claims[line, rule, fee].append(claim)
    return [
        Found(
            line,
            tuple(of_line),
            Rule(rule),
            Kind.RETURN if lines[line].is_in else Kind.PAYMENT,
            fee,
        )
        for (line, rule, fee), of_line in claims.items()
    ]


def _sums(lines: Sequence[Line], claims: Sequence[Claim], found: Sequence[Found]) -> list[Found]:
    """Match a line with the one group of a payee's or a file's payments that sums to it."""
    used = {claim for each in found for claim in each.claims}
    done = {each.line for each in found}
    groups: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.state == "open" and claim.id not in used:
            for key in (("party", claim.party), ("batch", claim.batch)):
                if key[1]:
                    groups[(*key, claim.currency)].append(claim)
    known = {claim.reference for claim in claims}
    taken: list[Found] = []
    for line in sorted(lines, key=lambda one: one.id):
        if line.id in done or line.is_in or (line.reference and line.reference in known):
            continue
        for key in (("party", line.party), ("batch", line.batch)):
            group = [
                claim
                for claim in groups.get((*key, line.currency), ())
                if claim.from_on <= line.booked_on <= claim.to_on and claim.id not in used
            ]
            places = None
            if key[1] and len(group) <= SUBSET_MAX:
                places = only_subset([claim.minor for claim in group], line.minor)
            if places is not None and line.batch_count in (None, len(places)):
                chosen = tuple(group[place].id for place in places)
                used |= set(chosen)
                taken.append(Found(line.id, chosen, Rule.SUM, Kind.PAYMENT))
                break
    return taken


def _left(
    cursor: duckdb.DuckDBPyConnection,
    lines: Sequence[Line],
    claims: Sequence[Claim],
    found: Sequence[Found],
) -> tuple[Left, ...]:
    """Say of each line that is left why, with the payments that come near."""
    done = {each.line for each in found}
    used = {claim for each in found for claim in each.claims}
    by_reference: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.reference:
            by_reference[claim.reference].append(claim)
    near = _near(cursor)
    left = []
    for line in lines:
        if line.id in done:
            continue
        same = by_reference.get(line.reference, []) if line.reference else []
        options = [Candidate(claim.id, _why(claim, line, used)) for claim in same]
        options += [
            Candidate(claim, "the same amount in the same days")
            for claim in near.get(line.id, ())
            if claim not in used and claim not in {option.claim for option in options}
        ]
        left.append(
            Left(line.id, _reason(line, same, options, used), (*options[:CANDIDATES_MAX],))
        )
    return tuple(left)


def _near(cursor: duckdb.DuckDBPyConnection) -> dict[int, list[int]]:
    """Return open payments of the same amount and days, for lines that are left."""
    cursor.execute(
        "SELECT line, claim FROM (SELECT l.id AS line, c.id AS claim, "
        "row_number() OVER (PARTITION BY l.id ORDER BY abs(c.from_on - l.booked), c.id) AS place "
        "FROM bank_m_rest l JOIN bank_m_due c ON c.minor = l.minor AND c.currency = l.currency "
        "AND c.is_open AND NOT l.is_in AND l.booked BETWEEN c.from_on - 7 AND c.to_on + 7) near "
        "WHERE place <= ? ORDER BY line, place",
        [CANDIDATES_MAX],
    )
    near: dict[int, list[int]] = defaultdict(list)
    for line, claim in cursor.fetchall():
        near[line].append(claim)
    return near


def _why(claim: Claim, line: Line, used: set[int]) -> str:
    if claim.id in used:
        return "this reference, matched by another line"
    if claim.state != "open":
        return f"this reference, {claim.state}"
    if claim.minor == line.minor:
        return "this reference and amount"
    return "this reference, another amount"


def _reason(
    line: Line, same: Sequence[Claim], options: Sequence[Candidate], used: set[int]
) -> Reason:
    if line.is_in:
        return Reason.RETURN_UNKNOWN if line.return_code or same else Reason.MONEY_IN
    if any(claim.state == "rejected" for claim in same):
        return Reason.REJECTED
    if any(claim.state == "settled" or claim.id in used for claim in same):
        return Reason.PAID_TWICE
    if same:
        fits = [claim for claim in same if claim.minor == line.minor]
        return Reason.AMBIGUOUS if fits else Reason.AMOUNT_DIFFERS
    return Reason.AMBIGUOUS if options else Reason.UNKNOWN
