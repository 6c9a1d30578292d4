"""`python -m scheduler`: the clock as a process of its own, until SIGTERM or Ctrl-C."""

import logging
import signal
import threading

from app.application import create_app
from app.foundation import memory
from scheduler import timetable


def main() -> None:
    """Tick until told to stop; the job under way is finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    app = create_app()
    memory.settle()
    scheduler = timetable.start(app)
    stop.wait()
    scheduler.shutdown(wait=True)


if __name__ == "__main__":
    main()
