"""bpmn-engine on Node (`bpmn_engine.cjs`), its state as JSON in SQLite: no tasks, no log, no people beside it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.bench import model
from tests.bench.measuring import Stopwatch, main

PROGRAM = Path(__file__).with_suffix(".cjs")


def w1(address: str, n: int) -> dict[str, Any]:
    """Start an instance and complete its five tasks, `n` times."""
    told = {
        "database": address.removeprefix("sqlite:///"), "packages": os.environ["PEER_HOME"],
        "diagram": model.bpmn_engine("review"), "tasks": model.TASKS,
        "typed": [[model.payload(task, number) for task in model.TASKS] for number in range(n)],
    }  # fmt: skip
    said = subprocess.run(["node", str(PROGRAM)], input=json.dumps(told), stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(said.stdout)
    acts = Stopwatch()
    acts.walls, acts.cpu = found.pop("walls"), found.pop("cpu")
    return acts.found() | found


if __name__ == "__main__":
    main({"W1": w1})
