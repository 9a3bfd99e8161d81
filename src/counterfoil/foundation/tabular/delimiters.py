"""Which character separates the cells of a CSV file."""

import csv
from collections import Counter
from collections.abc import Sequence

CANDIDATES = (",", ";", "|", "\t")
NAMES = {",": "comma", ";": "semicolon", "|": "bar", "\t": "tab"}


def delimiter_of(lines: Sequence[str]) -> str | None:
    """Return the delimiter that cuts the sample into equally many cells, None when unclear.

    A sample with a single column has the comma. Quoted delimiters do not count.
    """
    scores: dict[str, tuple[float, int]] = {}
    for candidate in CANDIDATES:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=candidate) if cells]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        usual, count = Counter(widths).most_common(1)[0]
        if usual >= 2:
            scores[candidate] = (count / len(widths), widths[0])
    if not scores:
        return ","
    best = max(scores.values())
    winners = [candidate for candidate, score in scores.items() if score == best]
    return winners[0] if len(winners) == 1 else None
