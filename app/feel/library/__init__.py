"""The standard's built-in functions, by the kind of value they work on. Importing registers them."""

from app.feel.library import contexts, lists, numbers, ranges, temporal, texts

__all__ = ["contexts", "lists", "numbers", "ranges", "temporal", "texts"]
