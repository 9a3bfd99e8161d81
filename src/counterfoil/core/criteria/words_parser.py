"""Words to a tree: what `words` writes without labels reads back to the very same tree."""

import re
from typing import NoReturn

from counterfoil.core.criteria.errors import Refusal, SchemaError
from counterfoil.core.criteria.lexer import MAX_SOURCE, Token, number_token, text_token
from counterfoil.core.criteria.parser import MAX_NESTING, MAX_NODES, depth_of
from counterfoil.core.criteria.phrases import LANGUAGES, STOPS, Phrases, Stops
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
)

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d_][^\W_]*")
_QUOTED = re.compile(r"`([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)`")
_NUMERIC = ("int", "dec", "rate", "money", "days")


def parse_words(text: str, language: str = "en") -> Node:
    """Return the tree of a rule in words. Raises CriteriaError, SchemaError for the language."""
    if language not in LANGUAGES:
        raise SchemaError(f'there are no words in "{language}", only in {", ".join(LANGUAGES)}')
    try:
        reader = _Reader(_tokens(text, LANGUAGES[language]), language)
        node = reader.expression()
        if reader.here.kind != "end":
            reader.refuse("the rule should end here")
        depth_of(node)
        return node
    except Refusal as refusal:
        raise refusal.placed(text, 1, 1) from None


def _tokens(text: str, phrases: Phrases) -> list[Token]:
    """Return the tokens of a rule in words. Raises Refusal."""
    if len(text) > 2 * MAX_SOURCE:
        raise Refusal(0, f"the rule has more than {2 * MAX_SOURCE} characters", "")
    tokens: list[Token] = []
    at = _skip(text, 0)
    while at < len(text):
        tokens.append(_token(text, at, phrases))
        at = _skip(text, tokens[-1].end)
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _skip(text: str, at: int) -> int:
    """Return the offset after blanks."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _token(text: str, at: int, phrases: Phrases) -> Token:
    """Return the token at an offset. Raises Refusal."""
    char, following = text[at], text[at + 1 : at + 2]
    if "0" <= char <= "9":
        return _number(text, at, phrases)
    if char == "-" and "0" <= following <= "9":
        token = _number(text, at + 1, phrases)
        if token.kind in _NUMERIC:
            return Token(token.kind, -token.value, at, token.end)
    if char == '"':
        return text_token(text, at)
    if match := _QUOTED.match(text, at):
        return Token("quoted", match[1], at, match.end())
    if text.startswith(phrases.joiner, at):
        return Token("joiner", phrases.joiner, at, at + len(phrases.joiner))
    if char in "()[],":
        return Token("op", char, at, at + 1)
    if match := _WORD.match(text, at):
        return Token("word", match[0], at, match.end())
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    raise Refusal(at, f'the character "{shown}" has no meaning here', "")


def _number(text: str, at: int, phrases: Phrases) -> Token:
    """Return a number, or a span when the language's word for days follows. Raises Refusal."""
    token = number_token(text, at)
    if token.kind == "int":
        match = _WORD.match(text, _skip(text, token.end))
        if match and match[0] in phrases.days:
            return Token("days", token.value, at, match.end())
    return token


class _Reader:
    """Recursive descent over one rule; the levels are those of `words`."""

    def __init__(self, tokens: list[Token], language: str) -> None:
        self.tokens, self.index = tokens, 0
        self.phrases: Phrases = LANGUAGES[language]
        self.stops: Stops = STOPS[language]
        self.nesting = 0
        if len(tokens) > 12 * MAX_NODES:
            raise Refusal(0, "the rule is too long", "")

    @property
    def here(self) -> Token:
        """Return the token that is read next."""
        return self.tokens[self.index]

    def refuse(self, message: str, hint: str = "") -> NoReturn:
        """Refuse at the next token. Raises Refusal."""
        raise Refusal(self.here.start, message, hint)

    def sees(self, phrase: str) -> bool:
        """Return whether a phrase is next."""
        parts = phrase.split()
        found = self.tokens[self.index : self.index + len(parts)]
        return [token.value for token in found if token.kind == "word"] == parts

    def accept(self, phrase: str) -> bool:
        """Go past a phrase if it is next."""
        if not self.sees(phrase):
            return False
        self.index += len(phrase.split())
        return True

    def expect(self, phrase: str) -> None:
        """Go past a phrase. Raises Refusal when another is next."""
        if not self.accept(phrase):
            self.refuse(f'"{phrase}" is expected here')

    def longest(self, table: dict[str, str]) -> str | None:
        """Go past the longest phrase of a table that is next; return what it stands for."""
        for phrase in sorted(table, key=lambda each: -len(each.split())):
            if self.accept(phrase):
                return table[phrase]
        return None

    def op(self, mark: str) -> bool:
        """Go past a mark if it is next."""
        if self.here.kind == "op" and self.here.value == mark:
            self.index += 1
            return True
        return False

    def expect_op(self, mark: str) -> None:
        """Go past a mark. Raises Refusal when another is next."""
        if not self.op(mark):
            self.refuse(f'"{mark}" is expected here')

    def expression(self) -> Node:
        """Read a conditional or what binds stronger."""
        self.nesting += 1
        if self.nesting > 2 * MAX_NESTING:
            self.refuse("too many levels of parentheses")
        before, middle, last = self.phrases.conditional
        if self.accept(before):
            condition = self.either()
            self.expect(middle)
            then = self.either()
            self.expect(last)
            node: Node = Conditional(condition, then, self.expression())
        else:
            node = self.either()
        self.nesting -= 1
        return node

    def either(self) -> Node:
        """Read clauses joined by "or"."""
        items = [self.both()]
        while self.accept(self.phrases.disjunction):
            items.append(self.both())
        return items[0] if len(items) == 1 else Logic("||", tuple(items))

    def both(self) -> Node:
        """Read clauses joined by "and"."""
        items = [self.relation()]
        while self.accept(self.phrases.conjunction):
            items.append(self.relation())
        return items[0] if len(items) == 1 else Logic("&&", tuple(items))

    def relation(self) -> Node:
        """Read comparisons, tests of absence and tests of texts."""
        phrases = self.phrases
        table = {phrase: op for op, phrase in phrases.compare.items()}
        table |= {phrase: op for op, phrase in phrases.compare_dates.items()}
        table |= {phrases.one_of: "in", phrases.within: "in"}
        table |= {phrases.given: "has", phrases.not_given: "!has", phrases.overlaps[0]: "overlaps"}
        table |= {phrase: function for function, phrase in phrases.infix.items()}
        node = self.sum()
        while (op := self.longest(table)) is not None:
            if op in ("has", "!has"):
                if not isinstance(node, Name):
                    self.refuse("only a fact can be given")
                node = Has(node.path) if op == "has" else Unary("!", Has(node.path))
            elif op == "overlaps":
                start = self.sum()
                self.expect(phrases.overlaps[1])
                node = Call("overlaps", (node, start, self.sum()))
            elif op in phrases.infix:
                node = Call(op, (node, self.sum()))
            else:
                node = Binary(op, node, self.sum())
        return node

    def sum(self) -> Node:
        """Read "plus" and "minus"."""
        table = {self.phrases.arithmetic[op]: op for op in "+-"}
        node = self.product()
        while (op := self.longest(table)) is not None:
            node = Binary(op, node, self.product())
        return node

    def product(self) -> Node:
        """Read "times" and "business days after"."""
        table = {self.phrases.arithmetic["*"]: "*", self.phrases.business_days: "days"}
        node = self.unary()
        while (op := self.longest(table)) is not None:
            right = self.unary()
            node = Binary("*", node, right) if op == "*" else Call("business_days", (right, node))
        return node

    def unary(self) -> Node:
        """Read "not", "minus" and the functions of one value."""
        self.nesting += 1
        if self.nesting > 2 * MAX_NESTING:
            self.refuse("too many levels of functions")
        node = self.unary_at()
        self.nesting -= 1
        return node

    def unary_at(self) -> Node:
        """Read one "not", "minus" or function, or a value."""
        phrases = self.phrases
        if self.accept(phrases.negation):
            return Unary("!", self.value())
        if self.accept(phrases.minus_sign):
            return Unary("-", self.value())
        if self.accept(phrases.period[0]):
            start = self.value()
            self.expect(phrases.period[1])
            return Call("period", (start, self.value()))
        table = {phrase: function for function, phrase in phrases.prefix.items()}
        function = self.longest(table)
        if function is None:
            return self.value()
        if self.op("("):
            arguments = self.items(")")
            if len(arguments) > 1:
                return Call(function, arguments)
            return Call(function, (self.fields(arguments[0]),))
        return Call(function, (self.value(),))

    def items(self, closing: str) -> tuple[Node, ...]:
        """Read expressions between commas, and what closes them."""
        found: list[Node] = []
        while not self.op(closing):
            if found:
                self.expect_op(",")
            found.append(self.expression())
        if not found and closing == ")":
            self.refuse("a value is expected before this")
        return tuple(found)

    def value(self) -> Node:
        """Read a literal, a name, a list, a loop or a parenthesis, and the fields behind it."""
        token = self.here
        if token.kind == "op" and token.value in "([":
            self.index += 1
            if token.value == "(":
                node = self.expression()
                self.expect_op(")")
            else:
                node = ListOf(self.items("]"))
            return self.fields(node)
        if token.kind in ("word", "quoted"):
            return self.fields(self.worded())
        if token.kind in ("end", "op", "joiner"):
            self.refuse("a value is expected here")
        self.index += 1
        return self.fields(Literal(token.kind, token.value))

    def worded(self) -> Node:
        """Read what begins with a word: yes, no, a loop or a name."""
        phrases = self.phrases
        constant = self.longest({phrases.yes: "yes", phrases.no: "no"})
        if constant is not None:
            return Literal("bool", constant == "yes")
        every_row = self.longest({phrase: kind for kind, phrase in phrases.every_row.items()})
        if every_row is not None:
            self.expect_op("(")
            return Call(every_row, (self.closed(),))
        kind = self.longest({before: kind for kind, (before, _) in phrases.loops.items()})
        if kind is None:
            return Name(self.name())
        variable = self.name()
        self.expect(phrases.inside)
        source = self.value()
        self.expect(phrases.loops[kind][1])
        self.expect_op("(")
        return Each(kind, source, variable, self.closed())

    def closed(self) -> Node:
        """Read an expression and its closing parenthesis."""
        node = self.expression()
        self.expect_op(")")
        return node

    def name(self) -> str:
        """Read one name: the words up to the next phrase, or a text between backquotes."""
        if self.here.kind == "quoted":
            self.index += 1
            return str(self.tokens[self.index - 1].value)
        found: list[str] = []
        stops = self.stops.beginning
        while self.here.kind == "word" and self.here.value not in stops:
            found.append(self.here.value)
            self.index += 1
            stops = self.stops.ending
        if not found:
            self.refuse("a name is expected here", "names with such words stand in `backquotes`")
        return "_".join(found)

    def fields(self, node: Node) -> Node:
        """Read the fields that follow a value: "line's net"."""
        while self.here.kind == "joiner":
            self.index += 1
            part = self.name()
            node = Name(f"{node.path}.{part}") if isinstance(node, Name) else Select(node, part)
        return node
