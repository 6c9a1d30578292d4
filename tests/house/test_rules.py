"""The rules of the house, checked by reading its code."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app import step_catalogue
from app.config import ROOT

CODE = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "scheduler").rglob("*.py"))]
FILES = [path for path in CODE if "node_modules" not in path.parts]
PRODUCT = [*FILES, *sorted((ROOT / "migrations").rglob("*.py"))]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "handlers", "tools", "base"}
# Alembic runs migrations in transactions of its own.
MAY_COMMIT = {"app/foundation/db.py", "migrations/env.py"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def offences(paths: list[Path], find) -> list[str]:
    return [f"{name(path)}:{node.lineno}" for path in paths for node in ast.walk(tree(path)) if find(node)]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def test_only_the_database_room_commits():
    def commits(node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and node.attr in {"commit", "begin_nested"}

    assert offences([path for path in PRODUCT if name(path) not in MAY_COMMIT], commits) == []


def test_spiffworkflow_stays_in_the_machine_room():
    elsewhere = [
        f"{name(path)}:{line}" for path in FILES if "app/engine/" not in name(path)
        for module, line in imports(path) if module.partition(".")[0] == "SpiffWorkflow"
    ]  # fmt: skip

    assert elsewhere == []


def test_time_is_asked_of_the_clock_only():
    def asks(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "today", "utcnow"}
            and isinstance(node.func.value, ast.Name) and node.func.value.id in {"datetime", "date"}
        )  # fmt: skip

    # The demo's clock is set to how far it runs ahead of the machine's; the ticker ticks by the machine's.
    allowed = {"app/foundation/clock.py", "app/demo/clock.py", "app/demo/serving.py", "scheduler/timetable.py"}
    assert offences([path for path in FILES if name(path) not in allowed], asks) == []


@pytest.mark.parametrize("step", step_catalogue.STEPS, ids=lambda step: step.name)
def test_every_step_says_its_name(step):
    assert (step.run.__doc__ or "").startswith(f"Step `{step.name}`")
    assert step.label


def test_no_two_steps_share_a_name():
    names = [step.name for step in step_catalogue.STEPS]

    assert len(names) == len(set(names))


def test_every_room_has_a_door_sign():
    missing = [name(path) for path in FILES if path.name == "__init__.py" and not ast.get_docstring(tree(path))]

    assert missing == []


def test_every_file_says_what_it_is_for():
    missing = [name(path) for path in FILES if not ast.get_docstring(tree(path))]

    assert missing == []


def test_no_file_has_a_name_that_says_nothing():
    assert [name(path) for path in FILES if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_nobody_prints_or_stops_to_debug():
    def prints(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "breakpoint", "eval", "exec"}

    # Expressions of the standard become code: parsed against a whitelist, without built-ins.
    assert offences([path for path in FILES if name(path) not in {"app/feel/compiler.py", "app/frontend/hatch_build.py"}], prints) == []


def test_every_room_has_a_floor():
    """A new room is given its place among the contracts of pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    placed = {word.strip("() ") for layer in contracts[0]["layers"] for word in layer.replace("|", ":").split(":")}
    rooms = {f"app.{path.parent.name}" for path in (ROOT / "app").glob("*/__init__.py")}

    assert rooms - placed == set()


def test_the_floors_are_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout[answer.stdout.find("Contracts") :]
