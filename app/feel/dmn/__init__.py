"""Decision models of the DMN standard: decision tables, boxed expressions, requirements.

`reading` takes the XML apart, `types` knows its item definitions, `scopes` compiles the
expressions and reports what is wrong with them, `boxed` and `tables` the logic built
around them, and `model` walks from a decision to what it requires.
"""

from app.feel.dmn.model import DecisionModel, DecisionOutcome, load_decisions
from app.feel.dmn.scopes import Problem

__all__ = ["DecisionModel", "DecisionOutcome", "Problem", "load_decisions"]
