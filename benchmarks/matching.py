"""A million payouts against a million bank lines, by the product's own passes, with truth labels.

Run `python benchmarks/matching.py [--count N]`. It needs no server: the passes run in memory.

The generator knows the truth: 85 % of the lines carry the payout's reference, 8 % carry none but
the payee's account, 3 % are higher by a fee, 0.5 % have a spoilt reference, and 4 % belong to no
payout. Compared in one run: the passes of `apps.payouts.services.matching` with the plain join on
reference and amount over the same tables in the same engine, pair by pair. Target: at most 8
times the join, no wrong pair, 95 % of what is matchable found.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

import django  # noqa: E402  # settings first

TARGET, RECALL = 8.0, 0.95
FEE_MAX = 3_000
CLAIMS = """
INSERT INTO bank_m_claim
SELECT i, 'CF-1-' || lpad((i // 500)::VARCHAR, 6, '0') || '-' || i % 500 || '-1',
       'CF-1-' || lpad((i // 500)::VARCHAR, 6, '0'),
       100 + (hash(i) % 2147483647 % 5000000)::BIGINT, 'EUR', md5((i % 200000)::VARCHAR),
       day, day + 7, true, false, NULL::BIGINT, ''
FROM (SELECT i, DATE '2026-01-01' + (i % 240)::INTEGER AS day FROM range(1, {count} + 1) r(i))
"""
# What a payout's line looks like, by its number modulo 200: the shares of the docstring.
LINES = """
INSERT INTO bank_m_line
SELECT id, CASE WHEN slot < 16 THEN '' WHEN slot = 16 THEN reverse(ref) ELSE ref END,
       '', NULL, CASE WHEN slot BETWEEN 17 AND 22 THEN minor + 50 + id % 2000 ELSE minor END,
       'EUR', CASE WHEN slot < 17 THEN party ELSE '' END, from_on + (id % 5)::INTEGER, false,
       NULL, ''
FROM (SELECT *, (hash(id * 7919) % 2147483647 % 200)::BIGINT AS slot FROM bank_m_claim) AS c
WHERE slot < 192
UNION ALL
SELECT {count} + i, 'OTHER-' || i, '', NULL, 100 + (hash(i * 31) % 2147483647 % 5000000)::BIGINT,
       'EUR', md5('x' || i), DATE '2026-01-01' + (i % 240)::INTEGER, false, NULL, ''
FROM range(1, {count} // 25 + 1) r(i)
"""
JOIN = (
    "CREATE TABLE bank_b_join AS SELECT l.id AS line, c.id AS claim FROM bank_m_line l "
    "JOIN bank_m_claim c ON c.ref = l.ref AND c.minor = l.minor AND c.currency = l.currency"
)


def main() -> None:
    """This will run the pairs and print what they took, what was found and what was wrong."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--count", type=int, default=1_000_000)
    arguments.add_argument("--pairs", type=int, default=3)
    chosen = arguments.parse_args()
    django.setup()
    ratios = [pair(number, chosen.count) for number in range(chosen.pairs)]
    middle = statistics.median(ratios)
    verdict = "kept" if middle <= TARGET else "MISSED"
    print(f"median: {middle:.2f} times the join (target {TARGET:.0f}: {verdict})")


def pair(number: int, count: int) -> float:
    """This will time join and passes over the same tables, and check every pair's truth."""
    from counterfoil.apps.payouts.services import matching
    from counterfoil.core.reconciling import Rules

    rules = Rules(fee_max_minor={"EUR": FEE_MAX})
    with matching.prepared(rules) as cursor:
        cursor.execute(CLAIMS.format(count=count))
        cursor.execute(LINES.format(count=count))
        seconds = {}
        for name in ("join", "passes") if number % 2 else ("passes", "join"):
            start = time.perf_counter()
            if name == "join":
                cursor.execute(JOIN)
            else:
                matching.run_passes(cursor, rules)
            seconds[name] = time.perf_counter() - start
        cursor.execute(
            "SELECT rule, count(*), count(*) FILTER (WHERE line <> claim) FROM bank_m_found "
            "GROUP BY rule ORDER BY rule"
        )
        found = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM bank_m_line WHERE id <= ?", [count])
        matchable = cursor.fetchone()[0]
    total, wrong = sum(row[1] for row in found), sum(row[2] for row in found)
    ratio = seconds["passes"] / seconds["join"]
    by_rule = ", ".join(f"{rule} {pairs:,}" for rule, pairs, _ in found)
    print(
        f"pair {number + 1}: passes {seconds['passes']:.2f} s, join {seconds['join']:.2f} s, "
        f"{ratio:.2f} times; {by_rule}; wrong {wrong}; recall {(total - wrong) / matchable:.4f}"
    )
    assert wrong == 0, f"{wrong} wrong pairs"
    assert (total - wrong) / matchable >= RECALL, "too little was found"
    return ratio


if __name__ == "__main__":
    main()
