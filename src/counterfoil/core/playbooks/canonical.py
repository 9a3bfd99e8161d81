"""The canonical form of a playbook: the file's meaning without comments, quotes, order of keys or
spelling of values.

It is itself a playbook in the same format, so a version can be read back from its canonical bytes
and has the same identity again. ADR 0004 says why it is not a dump of the code's own classes.
"""

from collections.abc import Mapping as ReadOnly

from counterfoil.core.playbooks.nodes import Mapping, Node, Sequence


def canonical_form(root: Mapping, values: ReadOnly[tuple[int, int], object]) -> dict[str, object]:
    """Return the document with every value spelled one way; `values` are those whose text has
    several spellings.
    """
    form = _form(root, values)
    assert isinstance(form, dict)
    return form


def _form(node: Node, values: ReadOnly[tuple[int, int], object]) -> object:
    if isinstance(node, Mapping):
        return {key.value: _form(value, values) for key, value in node.pairs}
    if isinstance(node, Sequence):
        return [_form(item, values) for item in node.items]
    return values.get((node.line, node.column), node.value.strip())
