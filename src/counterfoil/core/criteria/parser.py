"""Tokens to a tree, by CEL's precedence, with bounds that hold before anything is built.

https://github.com/google/cel-spec langdef, "Syntax"; what is left out (division, remainder,
indexing, maps, messages, bytes, null, unsigned and exponent numbers) is refused by name.
"""

from datetime import date

from counterfoil.core.criteria.errors import Refusal, did_you_mean
from counterfoil.core.criteria.lexer import INT_MAX, Token, iso_date, tokenize
from counterfoil.core.criteria.tree import (
    COMPARISONS,
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
from counterfoil.core.criteria.types import RESERVED

MAX_NODES = 500
MAX_NESTING = 24
MAX_DEPTH = 64
MAX_ITEMS = 200

MACROS = ("all", "exists", "exists_one", "filter", "map")
METHODS = ("contains", "startsWith", "endsWith", "lower", "size")
FUNCTIONS: dict[str, tuple[int, int]] = {
    "overlaps": (3, 3),
    "sum": (1, 1),
    "count": (1, 1),
    "all": (1, 1),
    "exists": (1, 1),
    "min": (1, 20),
    "max": (1, 20),
    "size": (1, 1),
    "contains": (2, 2),
    "startsWith": (2, 2),
    "endsWith": (2, 2),
    "lower": (1, 1),
    "business_days": (2, 2),
    "days": (1, 1),
    "period": (2, 2),
}
"""Each function with the least and the most arguments."""

_CONSTANT_CALLS = ("date", "days")


def parse(source: str) -> Node:
    """Return the tree of an expression. Raises Refusal."""
    parser = _Parser(source)
    node = parser.expression()
    parser.expect_end()
    depth_of(node)
    return node


def depth_of(node: Node) -> int:
    """Return the depth of a tree. Raises Refusal beyond MAX_DEPTH.

    A chain of 500 sums is a tree 500 deep, and everything after the parser recurses.
    """
    deepest, stack = 0, [(node, 1)]
    while stack:
        each, depth = stack.pop()
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            raise Refusal(each.at[0], f"the expression is more than {MAX_DEPTH} steps deep", "")
        stack.extend((child, depth + 1) for child in children(each))
    return deepest


class _Parser:
    """Recursive descent over one expression."""

    def __init__(self, source: str) -> None:
        self.tokens = tokenize(source)
        self.index = 0
        self.nodes = 0
        self.nesting = 0

    @property
    def here(self) -> Token:
        """Return the token that is read next."""
        return self.tokens[self.index]

    @property
    def behind(self) -> int:
        """Return the offset at which the last token ended."""
        return self.tokens[self.index - 1].end

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.here
        if token.kind != "end":
            self.index += 1
        return token

    def is_op(self, *ops: str) -> bool:
        """Return whether the next token is one of the operators."""
        return self.here.kind == "op" and self.here.value in ops

    def accept(self, op: str) -> bool:
        """Go past an operator if it is next."""
        if self.is_op(op):
            self.index += 1
            return True
        return False

    def expect(self, op: str, message: str) -> None:
        """Go past an operator. Raises Refusal when another token is next."""
        if not self.accept(op):
            raise Refusal(self.here.start, message, f'"{op}" is expected here')

    def expect_end(self) -> None:
        """Refuse what stands after a whole expression. Raises Refusal."""
        token = self.here
        if token.kind == "end":
            return
        hint = "join conditions with && or ||"
        if token.value in ("and", "or", "AND", "OR"):
            hint = f"write {'&&' if token.value.lower() == 'and' else '||'}"
        elif token.value == ")":
            hint = "one closing parenthesis too many"
        elif token.value == "[":
            hint = "there is no indexing; use exists, all, min or max"
        raise Refusal(token.start, "the expression should end here", hint)

    def counted(self, node: Node) -> Node:
        """Return the node. Raises Refusal beyond MAX_NODES."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise Refusal(
                node.at[0],
                f"the expression has more than {MAX_NODES} parts",
                "split it into several criteria",
            )
        return node

    def expression(self) -> Node:
        """Parse `a ? b : c` and everything that binds stronger."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise Refusal(
                self.here.start, f"more than {MAX_NESTING} levels of parentheses or calls", ""
            )
        node = self.logic("||")
        if self.accept("?"):
            then = self.logic("||")
            self.expect(":", 'a choice is written "condition ? one : other"')
            otherwise = self.expression()
            node = self.counted(
                Conditional(node, then, otherwise, at=(node.at[0], otherwise.at[1]))
            )
        self.nesting -= 1
        return node

    def logic(self, op: str) -> Node:
        """Parse clauses joined by `||`, or by `&&`."""
        items = [self.clause(op)]
        while self.accept(op):
            items.append(self.clause(op))
        if len(items) == 1:
            return items[0]
        return self.counted(Logic(op, tuple(items), at=(items[0].at[0], self.behind)))

    def clause(self, op: str) -> Node:
        """Parse one clause of a `||` or `&&`."""
        return self.logic("&&") if op == "||" else self.relation()

    def relation(self) -> Node:
        """Parse comparisons and `in`."""
        node = self.sum()
        while self.is_op(*COMPARISONS) or (self.here.kind, self.here.value) == ("name", "in"):
            op = self.take().value
            right = self.sum()
            node = self.counted(Binary(op, node, right, at=(node.at[0], right.at[1])))
        return node

    def sum(self) -> Node:
        """Parse `+` and `-`."""
        node = self.product()
        while self.is_op("+", "-"):
            op = self.take().value
            right = self.product()
            node = self.counted(Binary(op, node, right, at=(node.at[0], right.at[1])))
        return node

    def product(self) -> Node:
        """Parse `*`."""
        node = self.unary()
        while self.accept("*"):
            right = self.unary()
            node = self.counted(Binary("*", node, right, at=(node.at[0], right.at[1])))
        return node

    def unary(self) -> Node:
        """Parse `!` and `-`; a minus before a number belongs to the number."""
        signs: list[Token] = []
        while self.is_op("!", "-"):
            if len(signs) >= MAX_NESTING:
                raise Refusal(self.here.start, f"more than {MAX_NESTING} signs in a row", "")
            signs.append(self.take())
        numeric = ("int", "dec", "rate", "money", "days")
        if signs and signs[-1].value == "-" and self.here.kind in numeric:
            minus = signs.pop()
            token = self.take()
            literal = Literal(token.kind, -token.value, at=(minus.start, token.end))
            node = self.member(self.counted(literal))
        else:
            node = self.member(self.primary())
        for sign in reversed(signs):
            node = self.counted(Unary(sign.value, node, at=(sign.start, node.at[1])))
        return node

    def member(self, node: Node) -> Node:
        """Parse the fields and methods that follow a value."""
        while self.accept("."):
            token = self.name("after the point comes a field or a function")
            start = node.at[0]
            if self.accept("("):
                node = self.counted(self.method(node, token))
            elif isinstance(node, Name):
                node = Name(f"{node.path}.{token.value}", at=(start, self.behind))
            else:
                node = self.counted(Select(node, token.value, at=(start, self.behind)))
        return node

    def method(self, target: Node, token: Token) -> Node:
        """Parse `target.name(...)` behind its opening parenthesis."""
        start, word = target.at[0], token.value
        if word in MACROS:
            variable = self.name(f'{word} is written "list.{word}(x, condition on x)"')
            self.expect(",", f'{word} is written "list.{word}(x, condition on x)"')
            body = self.expression()
            self.expect(")", f"the call of {word} is not closed")
            return Each(word, target, variable.value, body, at=(start, self.behind))
        if word not in METHODS:
            hint = did_you_mean(word, [*METHODS, *MACROS])
            raise Refusal(token.start, f'there is no function ".{word}"', hint)
        arguments = (target, *self.arguments())
        return self.call(word, arguments, (start, self.behind), token.start)

    def arguments(self) -> tuple[Node, ...]:
        """Parse arguments up to and with the closing parenthesis."""
        return self.items(")", "the parenthesis is not closed")

    def items(self, closing: str, message: str) -> tuple[Node, ...]:
        """Parse expressions between commas, and what closes them."""
        found: list[Node] = []
        while not self.is_op(closing):
            if len(found) >= MAX_ITEMS:
                raise Refusal(self.here.start, f"more than {MAX_ITEMS} values in one list", "")
            found.append(self.expression())
            if not self.accept(","):
                break
            if self.is_op(closing) and closing == ")":
                raise Refusal(self.here.start, "a value is expected here", "remove the comma")
        self.expect(closing, message)
        return tuple(found)

    def name(self, message: str) -> Token:
        """Parse one plain word. Raises Refusal."""
        token = self.here
        if token.kind != "name":
            raise Refusal(token.start, message, "")
        if token.value in RESERVED:
            raise Refusal(token.start, f'"{token.value}" is a reserved word', "")
        return self.take()

    def primary(self) -> Node:
        """Parse a literal, a name, a call, a list or a parenthesis."""
        token = self.here
        if token.kind == "op" and token.value in ("(", "["):
            self.take()
            return self.grouped() if token.value == "(" else self.list(token)
        if token.kind == "name":
            return self.named(token)
        if token.kind in ("op", "end"):
            what = "the expression ends too early" if token.kind == "end" else "a value is missing"
            raise Refusal(token.start, what, "a name, a number, a text or ( is expected here")
        self.take()
        if token.kind == "int" and token.value > INT_MAX:
            raise Refusal(token.start, f"a whole number is at most {INT_MAX}", "")
        return self.counted(Literal(token.kind, token.value, at=(token.start, token.end)))

    def grouped(self) -> Node:
        """Parse what stands in parentheses."""
        node = self.expression()
        self.expect(")", "the parenthesis is not closed")
        return node

    def list(self, opening: Token) -> Node:
        """Parse `[a, b]` behind its opening bracket."""
        found = self.items("]", "the list is not closed")
        return self.counted(ListOf(found, at=(opening.start, self.behind)))

    def named(self, token: Token) -> Node:
        """Parse a name or a call."""
        if token.value == "null":
            raise Refusal(token.start, "there is no null", "ask has(name) whether a fact is given")
        self.name("")
        if not self.accept("("):
            return self.counted(Name(token.value, at=(token.start, token.end)))
        arguments = self.arguments()
        at = (token.start, self.behind)
        if token.value == "has":
            return self.has(arguments, at)
        if token.value in _CONSTANT_CALLS:
            return self.counted(self.constant(token.value, arguments, at))
        if token.value not in FUNCTIONS:
            hint = did_you_mean(token.value, [*FUNCTIONS, *_CONSTANT_CALLS, "has"])
            raise Refusal(token.start, f'there is no function "{token.value}"', hint)
        return self.call(token.value, arguments, at, token.start)

    def call(
        self, function: str, arguments: tuple[Node, ...], at: tuple[int, int], word: int
    ) -> Node:
        """Return a call with the right number of arguments. Raises Refusal."""
        least, most = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise Refusal(word, f"{function} takes {wanted} values, not {len(arguments)}", "")
        return self.counted(Call(function, arguments, at=at))

    def has(self, arguments: tuple[Node, ...], at: tuple[int, int]) -> Node:
        """Return the test of absence. Raises Refusal."""
        if len(arguments) != 1 or not isinstance(arguments[0], Name):
            raise Refusal(at[0], "has takes the name of one fact", "write has(activity_end)")
        return self.counted(Has(arguments[0].path, at=at))

    def constant(self, word: str, arguments: tuple[Node, ...], at: tuple[int, int]) -> Node:
        """Return `date("2026-01-31")` or `days(30)` as the literal it is. Raises Refusal."""
        only = arguments[0] if len(arguments) == 1 else None
        if word == "date":
            if not isinstance(only, Literal) or only.kind != "str":
                raise Refusal(at[0], "date takes one text", 'write date("2026-01-31")')
            day: date = iso_date(only.value, only.at[0])
            return Literal("date", day, at=at)
        if isinstance(only, Literal) and only.kind == "int":
            return Literal("days", only.value, at=at)
        if only is None:
            raise Refusal(at[0], "days takes one whole number", "write days(30)")
        return Call("days", (only,), at=at)
