"""Let go of several acts at the same moment, as two web processes or two schedulers would do them."""

import random
import threading
import time
from collections.abc import Callable

from flask import Flask

from app.foundation.db import db
from app.foundation.errors import AppError

# Nobody comes at quite the same moment as another: so many seconds apart at most, each stage of one act meets each of the other.
APART_SECONDS = 0.006


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Let go of all acts together; returns for each `done`, or the code of what it was told. Bugs are raised."""
    db.session.remove()
    together, outcomes, bugs = threading.Barrier(len(acts)), [""] * len(acts), []

    def run(number: int, act: Callable[[], object]) -> None:
        with app.app_context():
            together.wait()
            time.sleep(random.random() * APART_SECONDS)
            try:
                act()
                outcomes[number] = "done"
            except AppError as told:
                outcomes[number] = told.code
            except Exception as bug:
                bugs.append(bug)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if bugs:
        raise bugs[0]
    return outcomes
