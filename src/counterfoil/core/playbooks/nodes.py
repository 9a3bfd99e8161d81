"""YAML text to a tree that remembers the place of every key and value.

Only the part of YAML that a playbook needs is taken: mappings, sequences, scalars. Anchors,
aliases, merge keys, tags, several documents, huge files and deep nesting are refused here, before
anything else looks at the content. Values stay text: what a scalar means is decided by the key it
stands under, so `no` is a country when a text is expected.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from counterfoil.core.playbooks.problems import PlaybookInvalid, Problem

MAX_CHARACTERS = 400_000
MAX_NODES = 40_000
MAX_DEPTH = 14
MAX_SCALAR = 8_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written. `plain` is false when it stood in quotes or in a block."""

    line: int
    column: int
    value: str
    plain: bool
    block: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    line: int
    column: int
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Key and value pairs in the order of the file; doubled keys are still in it and are refused
    by the reader.
    """

    line: int
    column: int
    pairs: list[tuple[Scalar, "Node"]] = field(default_factory=list)

    def get(self, key: str) -> "Node | None":
        return next((node for name, node in self.pairs if name.value == key), None)


Node = Scalar | Sequence | Mapping


class _Refused(Exception):
    def __init__(self, line: int, column: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.problem = (line, column, message, hint)


def parse(text: str, *, file: str) -> Mapping:
    """Return the document as a tree; raises PlaybookInvalid with the one place where it stopped
    being readable.
    """
    try:
        return _document(text)
    except _Refused as refused:
        line, column, message, hint = refused.problem
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"This is not YAML: {error.problem or error.context}."
        hint = "Check the indentation, the colons and the quotes around here."
    except ReaderError as error:
        line, column = _line_and_column(text, error.position)
        message = "There is a character here that YAML does not allow."
        hint = "Remove control characters; save the file as UTF-8."
    except (YAMLError, ValueError, RecursionError) as error:
        line, column = 1, 1
        message, hint = (
            f"This is not YAML: {type(error).__name__}.",
            "Check the file in an editor.",
        )
    raise PlaybookInvalid([Problem(file, line, column, "", message, hint)])


def plain(node: Node) -> object:
    """Return the tree as dicts, lists, str, int, bool and None (what the JSON Schema describes);
    decimals stay text.
    """
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.pairs}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if node.plain:
        if node.value in ("true", "false"):
            return node.value == "true"
        if node.value in ("", "~", "null"):
            return None
        digits = node.value.removeprefix("-")
        # A leading zero makes it a code and not a number.
        if digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0"):
            return int(node.value)
    return node.value


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[: max(0, int(position))]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _document(text: str) -> Mapping:
    if len(text) > MAX_CHARACTERS:
        raise _Refused(
            1,
            1,
            f"The file has {len(text)} characters; a playbook may have {MAX_CHARACTERS}.",
            "Split it into several playbooks.",
        )
    root: Node | None = None
    documents = 0
    events = _bounded(YAML(typ="safe", pure=True).parse(text.removeprefix("\ufeff")))
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refusal(
                    event,
                    "A second document begins here.",
                    "One file is one playbook: remove '---'.",
                )
        elif isinstance(event, NodeEvent):
            root = _node(event, events)
    if not isinstance(root, Mapping):
        raise _Refused(1, 1, "The file holds no playbook.", "Begin with 'playbook: a-name'.")
    return root


def _bounded(events: Iterator[object]) -> Iterator[object]:
    depth = nodes = 0
    for event in events:
        if isinstance(event, NodeEvent):
            nodes += 1
            if nodes > MAX_NODES:
                raise _refusal(
                    event, f"More than {MAX_NODES} values.", "Split it into several playbooks."
                )
            _check_node(event)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refusal(
                    event,
                    f"Nested deeper than {MAX_DEPTH} levels.",
                    "No key of a playbook lies so deep.",
                )
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        yield event


def _check_node(event: NodeEvent) -> None:
    if isinstance(event, AliasEvent) or event.anchor is not None:
        raise _refusal(
            event,
            "Anchors and aliases (& and *) are not taken.",
            "Write the value out; quote a text with & or *.",
        )
    if getattr(event, "tag", None) is not None:
        raise _refusal(event, "Tags (!) are not taken.", 'Quote a text that begins with "!".')
    if isinstance(event, ScalarEvent) and any(
        "\ud800" <= char <= "\udfff" for char in event.value
    ):
        raise _refusal(
            event, "Half a character (a lone surrogate).", "Write the character itself."
        )
    if isinstance(event, ScalarEvent) and len(event.value) > MAX_SCALAR:
        raise _refusal(event, f"A text of more than {MAX_SCALAR} characters.", "Shorten it.")


def _refusal(event: object, message: str, hint: str) -> _Refused:
    mark = event.start_mark  # type: ignore[attr-defined]  # every event of ruamel.yaml carries its mark
    return _Refused(mark.line + 1, mark.column + 1, message, hint)


def _node(event: object, events: Iterator[object]) -> Node:
    mark = event.start_mark  # type: ignore[attr-defined]  # every event of ruamel.yaml carries its mark
    line, column = mark.line + 1, mark.column + 1
    if isinstance(event, ScalarEvent):
        return Scalar(
            line, column, event.value, plain=event.style is None, block=event.style in ("|", ">")
        )
    if isinstance(event, SequenceStartEvent):
        items = []
        for inner in events:
            if isinstance(inner, SequenceEndEvent):
                break
            items.append(_node(inner, events))
        return Sequence(line, column, items)
    pairs: list[tuple[Scalar, Node]] = []
    for inner in events:
        if isinstance(inner, MappingEndEvent):
            break
        key = _node(inner, events)
        if not isinstance(key, Scalar):
            raise _Refused(
                key.line, key.column, "A key must be a word.", "Quote it if it is a text."
            )
        if key.value == "<<" and key.plain:
            raise _Refused(
                key.line, key.column, "Merge keys (<<) are not taken.", "Write the keys out."
            )
        pairs.append((key, _node(next(events), events)))
    return Mapping(line, column, pairs)
