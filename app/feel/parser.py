"""Tokens to a syntax tree: a hand-written operator-precedence (Pratt) parser.

The nodes, by kind (E is a node):
const value | name name | list [E] | context [(name, E)] | range E E in in
neg E | bin op E E | and op E E | or op E E | between E E E | paren E
compare op E (a unary test such as `< 10`) | tests E [E] negated
if E E E | for [(name, E)] E | quantified some [(name, E)] E | span E E
dot E name | filter E E | call E [E] [(name, E)] | fn [(name, type)] E
instance E type
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NoReturn

from app.feel.budget import MAX_CHAIN, MAX_DEPTH, MAX_HEIGHT
from app.feel.errors import FeelError, FeelSyntaxError, LimitExceeded
from app.feel.kinds import TYPE_PHRASES
from app.feel.lexer import KEYWORDS, Token, tokenize, unescape
from app.feel.phrases import COMMON, add_phrase, name_key
from app.feel.temporal import parse_temporal
from app.feel.values import to_number

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
LEVELS = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*COMPARISONS, "between", "in"), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
}
COMPARING, ADDING = 3, 4
CONSTANTS = {"true": True, "false": False, "null": None}
CALLABLE = ("name", "dot", "fn", "call", "filter", "paren")
TYPE_BEGINNINGS = {" ".join(name.split()[:count]) for name in TYPE_PHRASES for count in range(1, 6)}


class Node(tuple):
    """(kind, *parts) as listed above; `text` is the source it was read from."""

    text = ""


def make(*parts: Any) -> Node:
    return Node(parts)


def parse_expression(text: str, names: Iterable[str] = ()) -> Node:
    """Raises `FeelSyntaxError` or `LimitExceeded`."""
    return _parse(text, names, Parser.whole)


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> Node:
    """A decision table's input entry: tests of the value named `?`. Raises as above."""
    return _parse(text, names, Parser.unary_tests)


def _parse(text: str, names: Iterable[str], rule: "Callable[[Parser], Node]") -> Node:
    try:
        tree = rule(Parser(text, names))
    except RecursionError:
        raise LimitExceeded("expression nested too deep") from None
    if _height(tree) > MAX_HEIGHT:
        raise LimitExceeded("expression nested too deep")
    return tree


def _height(tree: Any) -> int:
    """How many nodes stand on top of each other, without recursion."""
    height, level = 0, [tree]
    while level:
        inner = [part for each in level for part in each if isinstance(part, (tuple, list))]
        height += any(type(each) is Node for each in level)
        level = inner
    return height


class Parser:
    """One pass over one text; `names` are those whose spaces or signs belong to them."""

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        self.text, self.tokens, self.at_token = text, tokenize(text), 0
        self.end: Token = ("end", "", len(text))
        self.depth, self.in_range = 0, False
        # A few places parse twice (a range's end or a filter): this bounds them.
        self.work = 4 * len(self.tokens) + 50
        self.phrases, self.copied = dict(COMMON), set[str]()
        for name in names:
            with suppress(FeelError):  # nobody can write a name that has no tokens
                self.declare(name)

    # ---- names

    def declare(self, name: str) -> None:
        """Make a name of several tokens known; a single token needs no help."""
        if name.isidentifier():
            return
        key = name_key(name)
        if len(key) > 1:
            phrases = self.phrases.get(key[0], {})
            if key[0] not in self.copied:  # the common table is copied before its first change
                self.copied.add(key[0])
                phrases = self.phrases[key[0]] = dict(phrases)
            add_phrase(phrases, key, name)

    def known_name(self) -> str | None:
        """The longest known name of several tokens that starts here."""
        phrases = self.phrases.get(self.peek()[1], {})
        for length in phrases.get(None, ()):
            # quoted texts keep their quotes as tokens, so they never match
            key = tuple(t[1] for t in self.tokens[self.at_token : self.at_token + length])
            name: str | None = phrases.get(key)
            if name is not None:
                self.at_token += len(key)  # shorter than length at the end of the text
                return name
        return None

    def name(self) -> str:
        found = self.known_name()
        if found is None:
            if self.peek()[0] != "name":
                self.fail("a name")
            found = self.peek()[1]
            self.at_token += 1
        return found

    def new_name(self, *until: str) -> str:
        """A name being declared: everything up to one of the given tokens."""
        first = self.peek()
        if first[0] == "str":
            self.at_token += 1
            return unescape(first[1][1:-1])
        while self.peek()[0] != "end" and not self.at(*until):
            self.at_token += 1
        if first is self.peek() or first[0] != "name":
            self.fail("a name")
        last = self.tokens[self.at_token - 1]
        name = " ".join(self.text[first[2] : last[2] + len(last[1])].split())
        self.declare(name)
        return name

    # ---- tokens

    def peek(self, ahead: int = 0) -> Token:
        at = self.at_token + ahead
        return self.tokens[at] if at < len(self.tokens) else self.end

    def at(self, *texts: str) -> bool:
        token = self.peek()
        return token[1] in texts and token[0] in ("op", "name")

    def accept(self, *texts: str) -> str | None:
        if self.at(*texts):
            self.at_token += 1
            return self.tokens[self.at_token - 1][1]
        return None

    def expect(self, *texts: str) -> str:
        return self.accept(*texts) or self.fail(" or ".join(texts))

    def fail(self, wanted: str) -> NoReturn:
        _, found, position = self.peek()
        found = repr(found) if found else "the end"
        raise FeelSyntaxError(f"expected {wanted}, found {found} at {position} in {self.text[:80]!r}", position)

    def close(self, node: Node, first: int) -> Node:
        """Give a node the source text it was read from."""
        start, last = self.tokens[first][2], self.tokens[self.at_token - 1]
        node.text = self.text[start : last[2] + len(last[1])]
        return node

    # ---- whole texts

    def whole(self) -> Node:
        tree = self.expression()
        return tree if self.peek()[0] == "end" else self.fail("the end")

    def unary_tests(self) -> Node:
        if self.peek()[1] == "-" and len(self.tokens) == 1:
            return make("const", True)
        start = self.at_token
        if self.at("not") and self.peek(1)[1] == "(":
            self.at_token += 2
            tests = self.tests()
            if self.accept(")") and self.peek()[0] == "end":
                return self.close(make("tests", make("name", "?"), tests, True), start)
            self.at_token = start  # not(...) was the beginning of a longer expression
        tests = self.tests()
        if self.peek()[0] != "end":
            self.fail("the end")
        return self.close(make("tests", make("name", "?"), tests, False), start)

    def tests(self) -> list[Node]:
        found = [self.test()]
        while self.accept(","):
            found.append(self.test())
        return found

    def test(self) -> Node:
        first = self.at_token
        if operator := self.accept(*COMPARISONS):
            return self.close(make("compare", operator, self.expression(ADDING)), first)
        return self.expression()

    # ---- operators

    def enter(self) -> None:
        self.depth, self.work = self.depth + 1, self.work - 1
        if self.depth > MAX_DEPTH or self.work < 0:
            raise LimitExceeded("expression nested too deep")

    def expression(self, level: int = 0) -> Node:
        self.enter()
        first = self.at_token
        left = self.prefix()
        length = 0
        while True:
            kind, operator, _ = self.peek()
            if kind not in ("op", "name") or LEVELS.get(operator, -1) <= level:
                break
            length += 1
            if length > MAX_CHAIN:
                raise LimitExceeded("expression too long")
            self.at_token += 1
            left = self.close(self.infix(operator, left), first)
        self.depth -= 1
        return left

    def infix(self, operator: str, left: Node) -> Node:
        if operator == "between":
            low = self.expression(COMPARING)
            self.expect("and")
            return make("between", left, low, self.expression(COMPARING))
        if operator == "in":
            return make("tests", left, self.in_tests(), False)
        kind = operator if operator in ("and", "or") else "bin"
        return make(kind, operator, left, self.expression(LEVELS[operator]))

    def in_tests(self) -> list[Node]:
        """What follows `in`: one test, or several in parentheses."""
        if self.at(*COMPARISONS):
            return [self.test()]
        if not self.at("("):
            return [self.expression(COMPARING)]
        start = self.at_token
        self.at_token += 1
        tests = self.tests()
        alone = self.at(")") and self.peek(1)[1] not in (".", "[", "+", "-", "*", "/")
        if len(tests) > 1 or alone:
            self.expect(")")
            return tests
        self.at_token = start  # a group that goes on, or a range: in (1..5]
        return [self.expression(COMPARING)]

    def prefix(self) -> Node:
        first = self.at_token
        if self.accept("-"):
            self.enter()
            negative = make("neg", self.prefix())
            self.depth -= 1
            return self.close(negative, first)
        node = self.primary()
        for _ in range(MAX_CHAIN):
            longer = self.postfix(node)
            if longer is None:
                return node
            node = self.close(longer, first)
        raise LimitExceeded("expression too long")

    def postfix(self, node: Node) -> Node | None:
        """The node with the path step, call, filter or type test that follows it, if any."""
        if self.accept("."):
            return make("dot", node, self.name())
        if self.at("(") and node[0] in CALLABLE:
            self.at_token += 1
            return self.arguments(node)
        if self.at("["):
            start, depth = self.at_token, self.depth
            try:
                self.at_token += 1
                condition = self.expression()
                self.expect("]")
            except FeelSyntaxError:
                if not self.in_range:
                    raise
                # the end of a range that is open on the right: [1..10[
                self.at_token, self.depth = start, depth
                return None
            return make("filter", node, condition)
        if self.at("instance") and self.peek(1)[1] == "of":
            self.at_token += 2
            return make("instance", node, self.type())
        return None

    def arguments(self, function: Node) -> Node:
        positional: list[Node] = []
        named: list[tuple[str, Node]] = []
        while not self.at(")"):
            if name := self.argument_name():
                named.append((name, self.expression()))
            else:
                positional.append(self.expression())
            if not self.accept(","):
                break
        self.expect(")")
        if positional and named:
            self.fail("either positional or named arguments")
        return make("call", function, positional, named)

    def argument_name(self) -> str | None:
        """`name of a parameter:`, when that comes next."""
        start = at = self.at_token
        while at < len(self.tokens) and (self.tokens[at][0] in ("name", "num") or self.tokens[at][1] == "'"):
            at += 1
        if at == start or at >= len(self.tokens) or self.tokens[at][1] != ":":
            return None
        self.at_token = at + 1
        return " ".join(token[1] for token in self.tokens[start:at])

    # ---- what an expression starts with

    def primary(self) -> Node:
        first = self.at_token
        kind, text, _ = self.peek()
        if kind == "end":
            self.fail("an expression")
        if kind == "name" and (name := self.known_name()) is not None:
            return self.close(make("name", name), first)
        if text in KEYWORDS and text not in CONSTANTS and text not in SPECIAL:
            self.fail("an expression")
        if kind == "op" and text not in BRACKETS:
            self.fail("an expression")
        self.at_token += 1
        if kind == "num":
            node = make("const", to_number(text))
        elif kind == "str":
            node = make("const", unescape(text[1:-1]))
        elif kind == "at":
            node = make("const", parse_temporal(unescape(text[2:-1])))
        elif kind == "op":
            node = BRACKETS[text](self)
        elif text in SPECIAL:
            node = SPECIAL[text](self)
        elif text in CONSTANTS:
            node = make("const", CONSTANTS[text])
        else:
            node = make("name", text)
        return self.close(node, first)

    def parenthesis(self) -> Node:
        if self.at(*COMPARISONS):
            node = self.test()
            self.expect(")")
            return make("paren", node)
        node = self.expression()
        if self.accept(".."):
            return self.range_end(node, False)
        self.expect(")")
        return make("paren", node)

    def open_range(self) -> Node:
        low = self.expression(COMPARING)
        self.expect("..")
        return self.range_end(low, False)

    def list_or_range(self) -> Node:
        items: list[Node] = []
        while not self.accept("]"):
            items.append(self.test())
            if len(items) == 1 and self.accept(".."):
                return self.range_end(items[0], True)
            if not self.accept(","):
                self.expect("]")
                break
        return make("list", items)

    def range_end(self, low: Node, low_included: bool) -> Node:
        outer, self.in_range = self.in_range, True
        high = self.expression(COMPARING)
        self.in_range = outer
        closing = self.expect(")", "]", "[")
        return make("range", low, high, low_included, closing == "]")

    def context(self) -> Node:
        entries: list[tuple[str, Node]] = []
        while not self.accept("}"):
            key = self.new_name(":")
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.accept(","):
                self.expect("}")
                break
        if len({key for key, _ in entries}) < len(entries):
            return make("const", None)  # a key given twice makes the context null
        return make("context", entries)

    def condition(self) -> Node:
        wanted = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return make("if", wanted, then, self.expression())

    def iterators(self, stop: str) -> list[tuple[str, Node]]:
        found = []
        while True:
            name = self.new_name("in")
            self.expect("in")
            first = self.at_token
            items = self.expression()
            if self.accept(".."):
                items = self.close(make("span", items, self.expression()), first)
            found.append((name, items))
            if not self.accept(","):
                self.expect(stop)
                return found

    def loop(self) -> Node:
        iterators = self.iterators("return")
        return make("for", iterators, self.expression())

    def some(self) -> Node:
        iterators = self.iterators("satisfies")
        return make("quantified", True, iterators, self.expression())

    def every(self) -> Node:
        iterators = self.iterators("satisfies")
        return make("quantified", False, iterators, self.expression())

    def function(self) -> Node:
        self.expect("(")
        parameters: list[tuple[str, Any]] = []
        while not self.accept(")"):
            name = self.new_name(":", ",", ")")
            parameters.append((name, self.type() if self.accept(":") else None))
            if not self.accept(","):
                self.expect(")")
                break
        if self.accept("external"):
            self.expression()
            return make("const", None)  # functions of other languages are refused
        return make("fn", parameters, self.expression())

    # ---- types, as app/feel/kinds.py takes them

    def type(self) -> Any:
        self.enter()
        kind = self.type_inside()
        self.depth -= 1
        return kind

    def type_inside(self) -> Any:
        name = self.name()
        while self.peek()[0] == "name" and f"{name} {self.peek()[1]}" in TYPE_BEGINNINGS:
            name += " " + self.name()
        if name in ("list", "range") and self.accept("<"):
            inner = self.type()
            self.expect(">")
            return (name, inner)
        if name == "context" and self.accept("<"):
            fields = {}
            while not self.accept(">"):
                key = self.new_name(":")
                self.expect(":")
                fields[key] = self.type()
                self.accept(",")
            return ("context", fields)
        if name == "function":
            if not self.accept("<"):
                return "function"
            parameters = []
            while not self.accept(">"):
                parameters.append(self.type())
                self.accept(",")
            self.expect("->")
            return ("function", parameters, self.type())
        while self.accept("."):
            name += "." + self.name()
        return name


BRACKETS: dict[str, Callable[[Parser], Node]] = {
    "(": Parser.parenthesis,
    "[": Parser.list_or_range,
    "]": Parser.open_range,
    "{": Parser.context,
}
SPECIAL: dict[str, Callable[[Parser], Node]] = {
    "if": Parser.condition,
    "for": Parser.loop,
    "some": Parser.some,
    "every": Parser.every,
    "function": Parser.function,
}
