"""The tree against the schema: a typed tree in which every name and operator is resolved.

What passes here cannot fail at evaluation; it can only be unknown.
"""

from dataclasses import dataclass
from typing import Any

from counterfoil.core.criteria.arithmetic import (
    ARITHMETIC,
    NEGATABLE,
    ORDERED,
    SUMMABLE,
    advice,
    fits,
    joined,
)
from counterfoil.core.criteria.errors import Refusal, did_you_mean
from counterfoil.core.criteria.tree import (
    Binary,
    Call,
    Conditional,
    Each,
    Has,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Select,
    Unary,
    children,
)
from counterfoil.core.criteria.types import (
    BOOL,
    DATE,
    DAYS,
    INT,
    NEVER,
    PERIOD,
    STR,
    Schema,
    Type,
    list_of,
)

MAX_LOOPS = 2
"""all, exists, filter and map inside one another; two are a join, three are a programme."""

_OVER_ROWS = ("sum", "count", "all", "exists", "min", "max")


@dataclass(frozen=True, slots=True)
class Checked:
    """A typed step: `op` names it, `operands` feed it, `data` is what was resolved for it."""

    op: str
    type: Type
    node: Node
    operands: tuple["Checked", ...] = ()
    data: Any = None


@dataclass(frozen=True, slots=True)
class _Variable:
    """A word bound by a macro or standing for a row: its slot at evaluation and its type."""

    slot: int
    type: Type


Scope = dict[str, _Variable]


def check(node: Node, schema: Schema, expect: Type | None) -> Checked:
    """Return the typed tree; `expect` is the type it must have (None: any). Raises Refusal."""
    checked = _Checker(schema).step(node, {})
    if expect is not None and not fits(checked.type, expect):
        hint = "compare it with something" if expect is BOOL else ""
        raise Refusal(node.at[0], f"{expect} is expected here, this is {checked.type}", hint)
    return checked


def steps(checked: Checked) -> list[Checked]:
    """Return every step of a typed tree."""
    found, stack = [], [checked]
    while stack:
        step = stack.pop()
        found.append(step)
        stack.extend(step.operands)
    return found


class _Checker:
    """One walk over one tree."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def step(self, node: Node, scope: Scope, options: Type | None = None) -> Checked:
        """Return the typed step of a node; `options` is the choice it is compared with."""
        match node:
            case Literal():
                return Checked("literal", Type(node.kind), node, data=node.value)
            case Name():
                return self.name(node, scope, options)
            case Has():
                return self.has(node, scope)
            case Select():
                return self.select(node, scope)
            case Unary():
                return self.unary(node, scope)
            case Binary():
                return self.binary(node, scope)
            case Logic():
                return self.logic(node, scope)
            case Conditional():
                return self.conditional(node, scope)
            case ListOf():
                return self.list(node, scope, options)
            case Call():
                return self.call(node, scope)
            case Each():
                return self.each(node, scope)

    # Names

    def name(self, node: Name, scope: Scope, options: Type | None) -> Checked:
        """Resolve a dotted name: a bound word, a fact, a part of one, or an option."""
        root, _, rest = node.path.partition(".")
        if root in scope:
            return self.bound(node, scope[root], rest)
        declared = self.schema.facts.get(node.path)
        is_option = options is not None and node.path in (options.options or ())
        if declared is not None:
            if is_option:
                raise self.ambiguous(Checked("fact", declared, node, data=node.path))
            return Checked("fact", declared, node, data=node.path)
        if is_option:
            return Checked("literal", STR, node, data=node.path)
        head, _, last = node.path.rpartition(".")
        if head and (whole := self.schema.facts.get(head)) is not None:
            fact = Checked("fact", whole, Name(head, at=node.at), data=head)
            return self.part(node, fact, last)
        raise self.unknown_name(node, scope, options)

    def bound(self, node: Name, variable: _Variable, rest: str) -> Checked:
        """Resolve a word bound by a macro, or a field of it."""
        if not rest:
            return Checked("item", variable.type, node, data=variable.slot)
        if variable.type.kind != "record":
            item = Checked("item", variable.type, node, data=variable.slot)
            return self.part(node, item, rest)
        name, _, last = rest.partition(".")
        declared = variable.type.field_type(name)
        if declared is None:
            hint = did_you_mean(name, dict(variable.type.fields))
            raise Refusal(node.at[0], f'{variable.type} has no field "{name}"', hint)
        field = Checked("field", declared, node, data=(variable.slot, name))
        return self.part(node, field, last) if last else field

    def part(self, node: Name | Select, whole: Checked, name: str) -> Checked:
        """Resolve a field of a period, or of each record of a list."""
        if whole.type.kind == "period" and name in ("start", "end"):
            return Checked("period_part", DATE, node, (whole,), name)
        item = whole.type.item
        if item is not None and item.kind == "record":
            declared = item.field_type(name)
            if declared is not None:
                return Checked("project", list_of(declared), node, (whole,), name)
            hint = did_you_mean(name, dict(item.fields))
            raise Refusal(node.at[0], f'{item} has no field "{name}"', hint)
        hint = "a period has start and end" if whole.type.kind == "period" else ""
        raise Refusal(node.at[0], f'{whole.type} has no field "{name}"', hint)

    def ambiguous(self, step: Checked) -> Refusal:
        """Return the refusal of a bare word that is a fact and an option at once."""
        message = f'"{step.data}" is both a fact and an option'
        return Refusal(step.node.at[0], message, f'for the option write "{step.data}" in quotes')

    def unknown_name(self, node: Name, scope: Scope, options: Type | None) -> Refusal:
        """Return the refusal of a name that stands for nothing."""
        root = node.path.partition(".")[0]
        if root in self.schema.rows:
            of = self.schema.rows[root]
            hint = f"use it inside sum, count, min, max, all or exists, or name a list: {of}"
            return Refusal(node.at[0], f'"{root}" stands for each row of "{of}"', hint)
        choices = (options and options.options) or ()
        hint = did_you_mean(node.path, [*self.schema.facts, *scope, *choices])
        if choices:
            listed = ", ".join(choices[:12])
            message = f'"{node.path}" is no fact and not one of the options: {listed}'
            return Refusal(node.at[0], message, hint)
        hint = hint or "declare it, or use a name that is declared"
        return Refusal(node.at[0], f'there is no fact "{node.path}"', hint)

    def has(self, node: Has, scope: Scope) -> Checked:
        """Resolve the test of absence."""
        found = self.name(Name(node.path, at=node.at), scope, None)
        if found.op not in ("fact", "field"):
            raise Refusal(node.at[0], "has takes the name of one fact", "write has(activity_end)")
        return Checked(f"has_{found.op}", BOOL, node, data=found.data)

    def select(self, node: Select, scope: Scope) -> Checked:
        """Resolve a field of what is not a plain name."""
        return self.part(node, self.step(node.target, scope), node.field)

    # Operators

    def unary(self, node: Unary, scope: Scope) -> Checked:
        """Resolve `!` and `-`."""
        inner = self.step(node.operand, scope)
        if node.op == "!":
            return Checked("not", BOOL, node, (self.expect(inner, BOOL, "!"),))
        if inner.type.kind not in NEGATABLE:
            raise Refusal(node.at[0], f"{inner.type} has no negative", "")
        return Checked(f"neg_{inner.type.kind}", inner.type, node, (inner,))

    def expect(self, step: Checked, wanted: Type, where: str) -> Checked:
        """Return the step. Raises Refusal when it has another type."""
        if not fits(step.type, wanted):
            hint = "compare it with something" if wanted is BOOL else ""
            raise Refusal(step.node.at[0], f"{where} takes {wanted}, this is {step.type}", hint)
        return step

    def logic(self, node: Logic, scope: Scope) -> Checked:
        """Resolve `&&` and `||`."""
        clauses = tuple(self.expect(self.step(each, scope), BOOL, node.op) for each in node.items)
        return Checked("and" if node.op == "&&" else "or", BOOL, node, clauses)

    def conditional(self, node: Conditional, scope: Scope) -> Checked:
        """Resolve `a ? b : c`."""
        condition = self.expect(self.step(node.condition, scope), BOOL, "?")
        then, other = self.step(node.then, scope), self.step(node.otherwise, scope)
        if not fits(then.type, other.type):
            message = f"one branch is {then.type}, the other {other.type}"
            raise Refusal(node.then.at[0], message, "both must be of the same type")
        kind = joined(then.type, other.type)
        return Checked("conditional", kind, node, (condition, then, other))

    def list(self, node: ListOf, scope: Scope, options: Type | None) -> Checked:
        """Resolve `[a, b]`."""
        items = tuple(self.step(each, scope, options) for each in node.items)
        kind = NEVER
        for item in items:
            if item.type.kind in ("list", "record"):
                raise Refusal(item.node.at[0], f"a list cannot hold {item.type}", "")
            if not fits(kind, item.type):
                message = f"a list of {kind} cannot hold {item.type}"
                raise Refusal(item.node.at[0], message, "all values must be of the same type")
            kind = joined(kind, item.type)
        return Checked("list", Type("list", item=kind), node, items)

    def binary(self, node: Binary, scope: Scope) -> Checked:
        """Resolve comparisons, `in` and arithmetic."""
        if node.op in ("+", "-", "*"):
            return self.arithmetic(node, scope)
        left, right = self.pair(node, scope)
        if node.op == "in":
            return self.within(node, left, right)
        if not fits(left.type, right.type):
            message = f"{left.type} cannot be compared with {right.type}"
            raise Refusal(node.at[0], message, advice(node.op, left.type, right.type))
        kind = joined(left.type, right.type)
        if node.op in ("==", "!="):
            self.check_equal(node, left, right, kind)
            return Checked("equal", BOOL, node, (left, right), (node.op, kind.kind))
        if kind.kind not in ORDERED or "choice" in (left.type.kind, right.type.kind):
            hint = "use == or in" if kind.kind in ("bool", "str", "choice") else ""
            raise Refusal(node.at[0], f"{left.type} has no order", hint)
        return Checked("order", BOOL, node, (left, right), (node.op, kind.kind))

    def pair(self, node: Binary, scope: Scope) -> tuple[Checked, Checked]:
        """Return both sides; a bare word is read as an option of the other side's choice."""
        if isinstance(node.left, Name) and node.op in ("==", "!="):
            try:
                left = self.step(node.left, scope)
            except Refusal:
                right = self.step(node.right, scope)
                if right.type.kind != "choice":
                    raise
                left = self.step(node.left, scope, right.type)
                self.check_options(right.type, left)
                return left, right
        else:
            left = self.step(node.left, scope)
        options = left.type if left.type.kind == "choice" else None
        right = self.step(node.right, scope, options)
        for one, other in ((left, right), (right, left)):
            if one.type.kind == "choice":
                self.check_options(one.type, other)
        return left, right

    def check_options(self, kind: Type, other: Checked) -> None:
        """Refuse a text that is no option of the choice it is compared with. Raises Refusal."""
        if kind.options is None:
            return
        for each in other.operands if other.op == "list" else (other,):
            if each.op == "fact" and each.data in kind.options:
                raise self.ambiguous(each)
            if each.op == "literal" and each.data not in kind.options:
                hint = did_you_mean(str(each.data), kind.options)
                options = ", ".join(kind.options[:12])
                message = f'"{each.data}" is not one of the options: {options}'
                raise Refusal(each.node.at[0], message, hint)

    def check_equal(self, node: Binary, left: Checked, right: Checked, kind: Type) -> None:
        """Refuse equality that has no meaning or only one answer. Raises Refusal."""
        inner = kind.item or kind
        if inner.kind == "record":
            raise Refusal(node.at[0], f"{kind} cannot be compared", "compare its fields")
        one, other = left.type.options, right.type.options
        if one is not None and other is not None and not set(one) & set(other):
            raise Refusal(node.at[0], "the two choices have no option in common", "")

    def within(self, node: Binary, left: Checked, right: Checked) -> Checked:
        """Resolve `x in list` and `date in period`."""
        if right.type.kind == "period" and left.type.kind == "date":
            return Checked("in_period", BOOL, node, (left, right))
        item = right.type.item
        if item is None:
            message = f"in takes a list, this is {right.type}"
            raise Refusal(node.right.at[0], message, '["one", "other"], or a period for a date')
        if not fits(left.type, item) or left.type.kind in ("record", "list"):
            message = f"{left.type} cannot be in a {right.type}"
            raise Refusal(node.at[0], message, "both must be of the same type")
        return Checked("in_list", BOOL, node, (left, right), joined(left.type, item).kind)

    def arithmetic(self, node: Binary, scope: Scope) -> Checked:
        """Resolve `+`, `-` and `*` by the table."""
        left, right = self.step(node.left, scope), self.step(node.right, scope)
        one, other = (
            "str" if step.type.kind == "choice" else step.type.kind for step in (left, right)
        )
        result = ARITHMETIC.get((node.op, one, other))
        if result is None:
            verbs = {"+": "added to", "-": "subtracted from", "*": "multiplied by"}
            first, then = (right, left) if node.op != "*" else (left, right)
            message = f"{first.type} cannot be {verbs[node.op]} {then.type}"
            raise Refusal(node.at[0], message, advice(node.op, left.type, right.type))
        return Checked("arithmetic", result, node, (left, right), (node.op, one, other))

    # Calls

    def call(self, node: Call, scope: Scope) -> Checked:
        """Resolve a function."""
        row = self.row_word(node, scope)
        if row is not None:
            return self.over_rows(node, scope, row)
        if node.function in ("all", "exists"):
            message = f"{node.function} needs a condition on the rows of a list"
            raise Refusal(node.at[0], message, f"list.{node.function}(x, condition on x)")
        arguments = tuple(self.step(each, scope) for each in node.arguments)
        return self.applied(node, node.function, arguments)

    def applied(self, node: Call, function: str, arguments: tuple[Checked, ...]) -> Checked:
        """Return the call of a function with checked arguments. Raises Refusal."""
        first = arguments[0].type
        match function:
            case "overlaps" | "period" | "business_days" | "contains" | "startsWith" | "endsWith":
                return self.plain(node, function, arguments)
            case "lower":
                self.expect(arguments[0], STR, "lower")
                return Checked("lower", STR, node, arguments)
            case "days":
                self.expect(arguments[0], INT, "days")
                return Checked("days", DAYS, node, arguments)
            case "size":
                if first.item is None and first.kind not in ("str", "choice"):
                    raise Refusal(node.at[0], f"{first} has no size", "size takes a list or text")
                return Checked("size", INT, node, arguments)
            case "count":
                return self.count(node, arguments)
            case "sum":
                if first.item is None or first.item.kind not in SUMMABLE:
                    hint = "sum(lines.net) adds a field of every row"
                    raise Refusal(node.at[0], f"sum takes a list of amounts, not {first}", hint)
                return Checked("sum", first.item, node, arguments)
        return self.extreme(node, function, arguments)

    def plain(self, node: Call, function: str, arguments: tuple[Checked, ...]) -> Checked:
        """Return the call of a function with one signature. Raises Refusal."""
        wanted, result = {
            "overlaps": ((PERIOD, DATE, DATE), BOOL),
            "period": ((DATE, DATE), PERIOD),
            "business_days": ((DATE, INT), DATE),
            "contains": ((STR, STR), BOOL),
            "startsWith": ((STR, STR), BOOL),
            "endsWith": ((STR, STR), BOOL),
        }[function]
        for step, each in zip(arguments, wanted, strict=True):
            if function == "business_days" and step.type.kind == "days":
                continue
            self.expect(step, each, function)
        return Checked(function, result, node, arguments)

    def count(self, node: Call, arguments: tuple[Checked, ...]) -> Checked:
        """Return the count of rows, or of those for which something holds. Raises Refusal."""
        item = arguments[0].type.item
        if item is None or item.kind not in ("bool", "record"):
            message = f"count takes rows or conditions, not {arguments[0].type}"
            raise Refusal(node.at[0], message, "size(list) is the number of its values")
        op = "count_true" if item.kind == "bool" else "size"
        return Checked(op, INT, node, arguments)

    def extreme(self, node: Call, function: str, arguments: tuple[Checked, ...]) -> Checked:
        """Return min or max of values, or of one list. Raises Refusal."""
        kind = arguments[0].type
        is_list = len(arguments) == 1 and kind.item is not None
        if len(arguments) == 1 and not is_list:
            raise Refusal(node.at[0], f"{function} of one value is that value", "name two")
        if is_list:
            kind = kind.element
        for step in arguments[1:]:
            if not fits(kind, step.type):
                message = f"{kind} cannot be compared with {step.type}"
                raise Refusal(step.node.at[0], message, advice("<", kind, step.type))
        if kind.kind not in ORDERED:
            raise Refusal(node.at[0], f"{kind} has no order", "")
        return Checked("extreme", kind, node, arguments, (function, kind.kind, is_list))

    # Rows and macros

    def row_word(self, node: Call, scope: Scope) -> str | None:
        """Return the word for a row that the argument uses and nothing has bound. Refuses two."""
        if node.function not in _OVER_ROWS or len(node.arguments) != 1:
            return None
        found = {
            root
            for root in _roots(node.arguments[0])
            if root in self.schema.rows and root not in scope and not self.is_declared(root)
        }
        if len(found) > 1:
            both = " and ".join(sorted(found))
            raise Refusal(node.at[0], f"{both} are rows of different lists", "")
        return found.pop() if found else None

    def is_declared(self, root: str) -> bool:
        """Return whether the schema has facts below a word, as `line` has in a line criterion."""
        return any(name.partition(".")[0] == root for name in self.schema.facts)

    def over_rows(self, node: Call, scope: Scope, word: str) -> Checked:
        """Resolve `sum(line.net + line.tax)`: the argument once for each row."""
        target = self.schema.rows[word]
        source = Checked("fact", self.schema.facts[target], Name(target, at=node.at), data=target)
        if node.function in ("all", "exists"):
            return self.loop(node, node.function, source, word, node.arguments[0], scope)
        mapped = self.loop(node, "map", source, word, node.arguments[0], scope)
        if node.function == "count":
            self.expect(mapped.operands[1], BOOL, "count")
        return self.applied(node, node.function, (mapped,))

    def each(self, node: Each, scope: Scope) -> Checked:
        """Resolve a macro."""
        source = self.step(node.source, scope)
        if source.type.item is None:
            message = f"{node.kind} takes a list, this is {source.type}"
            raise Refusal(node.source.at[0], message, "")
        word = node.variable
        if word in scope or self.is_declared(word):
            message = f'"{word}" already stands for something'
            raise Refusal(node.at[0], message, "take another letter")
        return self.loop(node, node.kind, source, word, node.body, scope)

    def loop(
        self, node: Call | Each, kind: str, source: Checked, word: str, body: Node, scope: Scope
    ) -> Checked:
        """Return a loop over a list with its body checked. Raises Refusal."""
        slot = len(scope)
        if slot >= MAX_LOOPS:
            hint = "split the criterion"
            raise Refusal(node.at[0], f"more than {MAX_LOOPS} loops inside one another", hint)
        inner = self.step(body, {**scope, word: _Variable(slot, source.type.element)})
        if kind != "map":
            self.expect(inner, BOOL, kind)
        elif inner.type.kind in ("list", "record"):
            raise Refusal(body.at[0], f"map cannot make a list of {inner.type}", "")
        result = {"filter": source.type, "map": Type("list", item=inner.type)}.get(kind, BOOL)
        return Checked(f"loop_{kind}", result, node, (source, inner), (slot, word))


def _roots(node: Node) -> set[str]:
    """Return the first words of the names in a tree."""
    found: set[str] = set()
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Name | Has):
            found.add(each.path.partition(".")[0])
        stack.extend(children(each))
    return found
