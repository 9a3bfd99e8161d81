"""XML of strangers, read piece by piece: no document type, no entity, no network, bounded depth.

`elements` hands out the parts a reader asks for and forgets them afterwards, so a file of a
hundred thousand entries costs the memory of one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from lxml import etree

from counterfoil.core.bankfiles.places import refusal
from counterfoil.core.bankfiles.statements import FILE_BYTES_MAX

DEPTH_MAX = 40
NODES_MAX = 30_000_000
_PIECE = 1 << 16
# The parser repeats the place, which stands in front already.
_PLACE = re.compile(r"(, line [0-9]+, column [0-9]+)+$")
_PROLOG_MAX = 1 << 20
Element: TypeAlias = Any


def pieces_of(content: bytes) -> Iterator[memoryview]:
    """This will cut a file into the pieces that the parser is fed with."""
    view = memoryview(content)
    for start in range(0, len(view), _PIECE):
        yield view[start : start + _PIECE]


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return the namespace of an element, or nothing."""
    return str(element.tag).rpartition("}")[0].lstrip("{")


def elements(
    pieces: Iterable[bytes | memoryview],
    *,
    file: str,
    wanted: frozenset[str],
    frames: frozenset[str] = frozenset(),
    on_start: Callable[[Element, int], None] | None = None,
) -> Iterator[Element]:
    """This will yield each element whose local name is wanted, complete, then empty it.

    An element of `frames` is yielded when it ends, and what it held is forgotten as it goes.
    `on_start` hears of every element as it opens, with its depth (0 is the root). Raises
    BankFileRefused for what is no such XML.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    size = depth = nodes = inside = 0
    root: Element | None = None
    try:
        for piece in _closed(pieces, parser):
            size += len(piece)
            if size > FILE_BYTES_MAX:
                raise refusal(file, 1, "the file is too large", "ask the bank for shorter spans")
            if root is None and size > _PROLOG_MAX:
                raise refusal(file, 1, "no element in the first megabyte", "send the bank's file")
            for event, element in parser.read_events():
                if event == "start":
                    if root is None:
                        root = element
                        _refuse_doctype(element, file)
                    if on_start is not None:
                        on_start(element, depth)
                    depth += 1
                    nodes += 1
                    inside += local(element) in wanted
                    if depth > DEPTH_MAX or nodes > NODES_MAX:
                        raise refusal(
                            file, line_of(element), "the elements are nested too deep or too many",
                            f"no bank's file is deeper than {DEPTH_MAX}",
                        )  # fmt: skip
                    continue
                depth -= 1
                if local(element) in frames:
                    yield element
                if local(element) not in wanted:
                    continue
                inside -= 1
                yield element
                if not inside:
                    _forget(element)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        message = _PLACE.sub("", " ".join(str(error.msg or "not well-formed").split()))[:200]
        raise refusal(file, line, f"this is no whole XML: {message}", "send the file again") from (
            None
        )
    if root is None:
        raise refusal(file, 1, "the file has no element", "send the bank's file again")


def _closed(
    pieces: Iterable[bytes | memoryview], parser: "etree.XMLPullParser"
) -> Iterator[bytes | memoryview]:
    """Feed the parser and end it, so that what is cut off is told."""
    for piece in pieces:
        parser.feed(bytes(piece))
        yield piece
    parser.close()
    yield b""


def _refuse_doctype(root: Element, file: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise refusal(
            file, line_of(root), "the file has a document type declaration",
            "a bank's file has none; it is where entity bombs hide",
        )  # fmt: skip


def _forget(element: Element) -> None:
    """Empty an element and let go of what stands before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while (before := element.getprevious()) is not None:
            if len(before) or before.text:
                break
            parent.remove(before)


def line_of(element: Element) -> int:
    """Return the line of an element, 1 where the parser lost count."""
    return element.sourceline or 1


def child(element: Element, *path: str) -> Element | None:
    """Return the first element down a path of local names."""
    found: Element | None = element
    for name in path:
        if found is None:
            return None
        found = next((each for each in found if local(each) == name), None)
    return found


def children(element: Element, name: str) -> list[Element]:
    """Return the children of a local name, in order."""
    return [each for each in element if local(each) == name]


def text(element: Element | None, *path: str) -> str:
    """Return the text down a path, stripped; "" where there is none."""
    found = None if element is None else child(element, *path)
    return "" if found is None or found.text is None else found.text.strip()
