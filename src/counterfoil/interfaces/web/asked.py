"""What an address or a form asks for, as text that nobody has checked yet."""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest

DIGITS_MAX = 18
"""A number of more digits fits no column of the database."""


def asked_number(text: str) -> int | None:
    """This will read a whole number of an address or a hidden field; None when it is none.

    Only the digits 0 to 9 count: `str.isdigit` knows others, which `int` does not read.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_number else None


def refuse_nul(request: HttpRequest) -> None:
    """This will refuse a request with a NUL character, which no text of the database can hold.

    Raises Http404 for one in the path, else BadRequest.
    """
    if "\0" in request.path:
        raise Http404
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            if "\0" in name or any("\0" in str(value) for value in values):
                raise BadRequest("a text contains a NUL character")
