"""Draw the sample of a dry-run audit again, from its pack alone.

    python redraw.py engagement-pack.zip

Python 3.10 or newer and nothing else. It says whether every file has the hash of the manifest,
and whether the population and the plan give exactly the sample that was worked. The way of drawing
is docs/reference/sampling.md; this file was written from that page and shares no code with the
program that drew. Exit code 0 the same, 1 it differs, 2 no pack.
"""

import hashlib
import json
import math
import sys
import zipfile
from decimal import Decimal, localcontext
from fractions import Fraction

ALGORITHM = "counterfoil-sample/1"
MILLION = 1_000_000


def ordered(seed, ids):
    """Return ids by the SHA-256 of seed, line feed, id."""
    return sorted(ids, key=lambda i: (hashlib.sha256(f"{seed}\n{i}".encode()).hexdigest(), i))


def discovery_size(population, rate, confidence, expected):
    """Return the smallest sample in which too many deviations can't hide."""
    bad = min(population, max(expected + 1, math.ceil(Fraction(population * rate, MILLION))))
    if bad <= expected:
        return population
    size = expected + 1
    while size < population:
        hidden = sum(
            math.comb(bad, each) * math.comb(population - bad, size - each)
            for each in range(expected + 1)
            if size - each <= population - bad
        )
        if hidden * MILLION <= (MILLION - confidence) * math.comb(population, size):
            return size
        size += 1
    return population


def poisson_factor(errors, confidence):
    """Return the upper limit of a Poisson mean in millionths, rounded up."""
    with localcontext() as context:
        context.prec = 60
        risk = Decimal(MILLION - confidence) / MILLION
        low, high = 0, 2_000_000 * (errors + 20)
        while high - low > 1:
            middle = (low + high) // 2
            mean = Decimal(middle) / MILLION
            total = sum(mean**n / math.factorial(n) for n in range(errors + 1)) * (-mean).exp()
            low, high = (low, middle) if total <= risk else (middle, high)
    return high


def stratified(plan, items):
    """Return the drawn ids of a stratified plan with their strata, the whole band first."""
    bands = plan["bands"]

    def stratum(item):
        if not bands:
            return item["playbook"]
        return str(max([band for band in bands if band <= item["minor"]], default=0))

    strata: dict = {}
    for item in items:
        strata.setdefault(stratum(item), []).append(item)
    order = sorted(strata, key=lambda name: (int(name), "") if bands else (0, name))
    drawn = []
    if plan["is_top_whole"] and str(bands[-1]) in strata:
        top = str(bands[-1])
        order.remove(top)
        ids = ordered(plan["seed"], [item["decision"] for item in strata[top]])
        drawn += [(each, top, True) for each in ids]
    money = [sum(item["minor"] for item in strata[name]) for name in order]
    given = [1 for _ in order]
    room = sum([len(strata[name]) for name in order])
    for _ in range(min(plan["size"], room) - len(order)):
        free = [n for n, name in enumerate(order) if given[n] < len(strata[name])]
        best = max(free, key=lambda n: (Fraction(money[n], given[n] + 1), -n))
        given[best] += 1
    for name, count in zip(order, given, strict=True):
        ids = ordered(plan["seed"], [item["decision"] for item in strata[name]])
        drawn += [(each, name, False) for each in ids[:count]]
    return drawn


def monetary(plan, items):
    """Return the drawn ids of monetary units, the certain ones first."""
    factor = poisson_factor(plan["expected"], plan["confidence_ppm"])
    interval = max(1, plan["tolerable_minor"] * MILLION // factor)
    amounts = {item["decision"]: item["minor"] for item in items}
    order = ordered(plan["seed"], amounts)
    drawn = [(each, "", True) for each in order if amounts[each] >= interval]
    start = hashlib.sha256(f"{plan['seed']}\nstart".encode()).hexdigest()
    unit, passed = int(start, 16) % interval + 1, 0
    for each in order:
        if amounts[each] < interval:
            passed += amounts[each]
            if passed >= unit:
                drawn.append((each, "", False))
                unit += interval
    return drawn


def redraw(plan, items):
    """Return (id, stratum, is certain) of what the plan draws."""
    if plan["algorithm"] != ALGORITHM:
        raise ValueError(f"drawn by {plan['algorithm']}, this file draws {ALGORITHM}")
    if plan["method"] == "stratified":
        return stratified(plan, items)
    if plan["method"] == "monetary":
        return monetary(plan, items)
    size = plan["size"]
    if plan["method"] == "discovery":
        size = discovery_size(
            len(items), plan["tolerable_ppm"], plan["confidence_ppm"], plan["expected"]
        )
    ids = ordered(plan["seed"], [item["decision"] for item in items])
    return [(each, "", False) for each in ids[:size]]


def problems_of(files):
    """Return what is wrong with a pack, given its files by name."""
    manifest = json.loads(files["manifest.json"])["files"]
    found = [
        f"{name} does not have the hash of the manifest"
        for name, said in manifest.items()
        if name not in files or hashlib.sha256(files[name]).hexdigest() != said["sha256"]
    ]
    beyond = set(files) - set(manifest) - {"manifest.json", "manifest.sig"}
    found += [f"{name} is not in the manifest" for name in sorted(beyond)]
    sample = json.loads(files["sample.json"])
    if hashlib.sha256(files["population.json"]).hexdigest() != sample["population_sha256"]:
        found.append("the population is not the one that the sample was drawn from")
    items = json.loads(files["population.json"])["items"]
    drawn = redraw(sample["plan"], items)
    kept = [(each["id"], each["stratum"], each["is_certain"]) for each in sample["drawn"]]
    if drawn != kept:
        found.append(f"the plan draws {len(drawn)} items, and not those {len(kept)} of the sample")
    return found, len(items), len(kept)


def main(arguments):
    """Read a pack, say what it is worth, return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write(__doc__)
        return 2
    try:
        with zipfile.ZipFile(arguments[0]) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        found, population, size = problems_of(files)
    except (
        OSError,
        zipfile.BadZipFile,
        LookupError,
        AttributeError,
        ValueError,
        TypeError,
    ) as error:
        sys.stderr.write(f"{arguments[0]} is no pack of a dry-run audit: {error!r}\n")
        return 2
    for each in found:
        sys.stdout.write(f"DIFFERS: {each}\n")
    if not found:
        sys.stdout.write(f"The same {size} of {population} decisions are drawn again.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
