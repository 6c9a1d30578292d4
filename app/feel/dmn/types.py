"""The item definitions of a decision model, as `app.feel.kinds` takes types."""

from collections.abc import Callable, Mapping
from typing import Any

from app.feel.dmn.reading import Element, child, children, name_of, plain, text
from app.feel.kinds import GENERAL, SCALARS

# What other tools write where the standard says number.
OTHER_NAMES = dict.fromkeys(("integer", "int", "long", "double"), "number")
CompileTest = Callable[[str, str], Callable[[Any], bool]]


class Types:
    """The types a model may name: its own, those it imports, and FEEL's."""

    def __init__(
        self,
        root: Element,
        *,
        imported: Mapping[str, "Types"],
        compile_test: CompileTest,
        unknown: Callable[[str], None],
    ) -> None:
        """`compile_test(text, place)` gives a test of one value; `unknown(name)` is told of a
        type that nobody defines."""
        self.definitions = {name_of(each): each for each in children(root, "itemDefinition")}
        self.by_name: dict[str, Any] = {}
        self._compile_test, self._unknown = compile_test, unknown
        for prefix, types in imported.items():
            self.by_name.update({f"{prefix}.{name}": kind for name, kind in types.by_name.items()})
        for name in self.definitions:
            self.named(name)

    def of(self, element: Element | None) -> Any:
        """The type that an element's `typeRef` names; None is any type."""
        return self.named(element.get("typeRef")) if element is not None else None

    def named(self, written: str | None) -> Any:
        name = plain(written)
        if ":" in name and name not in self.definitions:
            name = name.split(":", 1)[1]  # feel:string
        if not name or name in ("Any", "any"):
            return None
        if name in self.by_name:
            return self.by_name[name]
        if name in self.definitions:
            self.by_name[name] = None  # a type that mentions itself: any type at that place
            self.by_name[name] = self._defined(self.definitions[name], f"type '{name}'")
            return self.by_name[name]
        name = OTHER_NAMES.get(name, name)
        if name in SCALARS or name in GENERAL or name == "Null":
            return name
        self._unknown(name)
        return None

    def _defined(self, element: Element, place: str) -> Any:
        kind = self._allowed(self._item(element, place), element, "allowedValues", place)
        if element.get("isCollection") == "true":
            kind = ("list", kind)
        return self._allowed(kind, element, "typeConstraint", place)

    def _item(self, element: Element, place: str) -> Any:
        function = child(element, "functionItem")
        if function is not None:
            parameters = [self.of(each) for each in children(function, "parameters")]
            return ("function", parameters, self.named(function.get("outputTypeRef")))
        components = children(element, "itemComponent")
        if components:
            return ("context", {name_of(each): self._defined(each, place) for each in components})
        return self.named(text(element, "typeRef"))

    def _allowed(self, kind: Any, element: Element, inside: str, place: str) -> Any:
        source = text(child(element, inside))
        if not source:
            return kind
        return ("allowed", kind, self._compile_test(source, place))
