"""Taking a decision file apart. Elements are found by their local name: DMN has many versions."""

import re

from lxml import etree

from app.feel.budget import MAX_XML
from app.feel.errors import InvalidModel, LimitExceeded

Element = etree._Element

STANDARD = re.compile(r"\{https?://www\.omg\.org/spec/DMN/")
DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")


def read_xml(data: str | bytes) -> Element:
    """The root element. No entity is resolved, nothing is fetched.

    Raises `InvalidModel` for what is not XML, not DMN or has a document type
    declaration, and `LimitExceeded` above `MAX_XML` bytes.
    """
    if isinstance(data, str):  # its declaration may name an encoding that no longer holds
        data = DECLARATION.sub("", data).encode("utf-8", "replace")
    if len(data) > MAX_XML:
        raise LimitExceeded("decision file too large")
    if b"<!DOCTYPE" in data:
        raise InvalidModel("a document type declaration is refused")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidModel(f"not XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidModel("a document type declaration is refused")
    if tag(root) != "definitions" or not STANDARD.match(str(root.tag)):
        raise InvalidModel("not a decision model")
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *tags: str) -> list[Element]:
    return [each for each in element if tag(each) in tags]


def child(element: Element | None, *tags: str) -> Element | None:
    """The first child with one of the tags; None also below None."""
    if element is None:
        return None
    return next((each for each in element if tag(each) in tags), None)


def text(element: Element | None, inside: str = "text") -> str:
    """The text of a child element, stripped; empty when there is none."""
    found = child(element, inside)
    return (found.text or "").strip() if found is not None else ""


def plain(name: str | None) -> str:
    """A name with single spaces, as expressions write it."""
    return " ".join((name or "").split())


def name_of(element: Element | None) -> str:
    return plain(element.get("name")) if element is not None else ""
