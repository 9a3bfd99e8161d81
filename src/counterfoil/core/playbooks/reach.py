"""Says which routing row can never be reached, where that can be proven from the rows alone."""

from counterfoil.core.criteria import unparse
from counterfoil.core.criteria.tree import Binary, Literal, Logic, Name, Node
from counterfoil.core.money import Money
from counterfoil.core.playbooks.model import Expression, Playbook

_AT_MOST = ("<", "<=")
_AT_LEAST = (">", ">=")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def covering_row(playbook: Playbook, index: int) -> int | None:
    """Return the earlier row that takes every case which could come to this one, or None.

    The proof is sound and not complete: it sees equal clauses and limits of one amount in one
    currency.
    """
    clauses = _clauses(playbook.routing[index].when)
    for earlier in range(index):
        needed = _clauses(playbook.routing[earlier].when)
        if all(any(_implies(playbook, have, want) for have in clauses) for want in needed):
            return earlier
    return None


def clauses_of(condition: Expression | None) -> set[str]:
    """Return the conditions that must all hold, each as its canonical text."""
    return {unparse(node) for node in _clauses(condition)}


def _clauses(condition: Expression | None) -> tuple[Node, ...]:
    if condition is None:
        return ()
    return tuple(node for node in _conjuncts(condition.program.tree) if not _is_true(node))


def _conjuncts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Logic) and node.op == "&&":
        return tuple(inner for item in node.items for inner in _conjuncts(item))
    return (node,)


def _is_true(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is True


def _implies(playbook: Playbook, have: Node, want: Node) -> bool:
    """Return whether `have` can't hold without `want`."""
    if unparse(have) == unparse(want):
        return True
    if isinstance(want, Logic) and want.op == "||":
        return any(_implies(playbook, have, item) for item in want.items)
    one, other = _limit(have), _limit(want)
    if one is None or other is None or one[0] != other[0]:
        return False
    (_, op, bound), (_, wanted_op, wanted) = one, other
    pairs = [(a, b) for a in _values(playbook, bound) for b in _values(playbook, wanted)]
    if not pairs or any(a.currency != b.currency for a, b in pairs):
        return False
    if op in _AT_MOST and wanted_op in _AT_MOST:
        is_strict = op == "<=" and wanted_op == "<"
        return all(a < b or (a == b and not is_strict) for a, b in pairs)
    if op in _AT_LEAST and wanted_op in _AT_LEAST:
        is_strict = op == ">=" and wanted_op == ">"
        return all(a > b or (a == b and not is_strict) for a, b in pairs)
    return False


def _limit(node: Node) -> tuple[str, str, Node] | None:
    """Return name, operator and bound of a comparison of an amount with a limit."""
    if not isinstance(node, Binary) or node.op not in _FLIPPED:
        return None
    if isinstance(node.left, Name) and node.left.path in ("payable", "requested"):
        return node.left.path, node.op, node.right
    if isinstance(node.right, Name) and node.right.path in ("payable", "requested"):
        return node.right.path, _FLIPPED[node.op], node.left
    return None


def _values(playbook: Playbook, node: Node) -> list[Money]:
    """Return every value that a bound has had or will have; none when that is not known here."""
    if isinstance(node, Literal) and isinstance(node.value, Money):
        return [node.value]
    parameter = playbook.parameter(node.path) if isinstance(node, Name) else None
    if parameter is None:
        return []
    return [value.value for value in parameter.values if isinstance(value.value, Money)]
