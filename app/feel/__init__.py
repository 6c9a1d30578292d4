"""FEEL, the expression language of the DMN standard, and its decision tables.

The only handle of this room, which imports nothing of the others. Expressions
are text from diagrams: they reach no Python object, and cannot loop or
allocate without bound. What does not fit gives null; `evaluate` and `explain`
tell why.

    passed = feel.compile_expression("score >= 60 and grade != null")
    passed({"score": 72, "grade": "B"})   # True

    model = feel.load_decisions(xml)      # as dmn-js writes it
    model.evaluate("grade", {"score": 72})
"""

from app.feel.dmn import DecisionModel, DecisionOutcome, Problem, load_decisions
from app.feel.errors import (
    EvaluationError,
    FeelError,
    FeelSyntaxError,
    InvalidModel,
    LimitExceeded,
    UnknownDecision,
)
from app.feel.expression import (
    Expression,
    Outcome,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
    unknown_names,
)
from app.feel.json_form import from_json, to_json
from app.feel.patterns import has_match
from app.feel.values import VALUE_TYPES, Months, Range

__all__ = [
    "VALUE_TYPES",
    "DecisionModel",
    "DecisionOutcome",
    "EvaluationError",
    "Expression",
    "FeelError",
    "FeelSyntaxError",
    "InvalidModel",
    "LimitExceeded",
    "Months",
    "Outcome",
    "Problem",
    "Range",
    "UnaryTests",
    "UnknownDecision",
    "compile_expression",
    "compile_unary_tests",
    "from_json",
    "has_match",
    "load_decisions",
    "to_json",
    "unknown_names",
]
