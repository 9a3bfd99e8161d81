"""Tables in files: the one strict reader and the one writer of CSV and XLSX.

What a cell means is the caller's; here is only how it gets in and out unharmed.
"""

from counterfoil.foundation.tabular.columns import HeaderMatch, match_header
from counterfoil.foundation.tabular.problems import Row, TableLimits, TableProblem, TableRefused
from counterfoil.foundation.tabular.reading import Table, open_table
from counterfoil.foundation.tabular.writing import (
    Column,
    ColumnKind,
    NotWritable,
    Sheet,
    guarded,
    unguarded,
    write_csv,
    write_workbook,
    write_xlsx,
)

__all__ = [
    "Column",
    "ColumnKind",
    "HeaderMatch",
    "NotWritable",
    "Row",
    "Sheet",
    "Table",
    "TableLimits",
    "TableProblem",
    "TableRefused",
    "guarded",
    "match_header",
    "open_table",
    "unguarded",
    "write_csv",
    "write_workbook",
    "write_xlsx",
]
