"""Tables as files: the same rows as on the page, as CSV or as a workbook."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from counterfoil.foundation.tabular import Column, write_csv, write_xlsx
from counterfoil.interfaces.web.requests import KnownRequest

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_file(
    request: KnownRequest, name: str, headings: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """This will answer with the rows as CSV, or as a workbook when the address says `as=xlsx`.

    The file is named after `name` and the day of the request.
    """
    out, is_book = io.BytesIO(), request.GET.get("as") == "xlsx"
    if is_book:
        write_xlsx(out, headings, rows, sheet=name.replace("-", " ").capitalize())
    else:
        write_csv(out, headings, rows, has_mark=True)
    kind = _XLSX if is_book else "text/csv; charset=utf-8"
    answer = HttpResponse(out.getvalue(), content_type=kind)
    full = f"{name}-{request.at.date().isoformat()}.{'xlsx' if is_book else 'csv'}"
    answer["Content-Disposition"] = f'attachment; filename="{full}"'
    return answer
