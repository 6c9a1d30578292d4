"""django-viewflow, without HTTP and with it. Its licence is the AGPL: it is installed to be measured, never shipped."""

import json
import os
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import django
from django.conf import settings

from tests.bench import model
from tests.bench.loading import Post
from tests.bench.measuring import Stopwatch, cpu_ms_of, main
from tests.bench.web import WARM_UP, served

PEOPLE = 100
_CONTEXT = ("template.context_processors.request", "contrib.auth.context_processors.auth",
            "contrib.messages.context_processors.messages")  # fmt: skip


class _Request:
    """What a view hands on: who asks."""

    GET: dict[str, str] = {}
    POST: dict[str, str] = {}

    def __init__(self, user: Any) -> None:
        self.user = user


class Site:
    """Django and viewflow set up on the database at an address, with some people."""

    def __init__(self, address: str) -> None:
        _set_up(address)
        from django.contrib.auth.models import User
        from django.core.management import call_command
        from django.db import connection, transaction
        from viewflow.workflow import timers
        from viewflow.workflow.models import Process, Task
        from viewflow.workflow.status import STATUS

        from tests.bench.peers.reviewing.flows import LoopFlow, ReviewFlow

        call_command("migrate", verbosity=0)
        User.objects.bulk_create([User(username=f"u{number}") for number in range(PEOPLE)])
        self.users = sorted(User.objects.values_list("pk", flat=True))
        self.flows = {"review": ReviewFlow, "loop": LoopFlow}
        self.atomic, self.timers, self.tasks, self.processes = transaction.atomic, timers, Task.objects, Process.objects
        self.assigned = STATUS.ASSIGNED
        info = getattr(connection.connection, "info", None)
        self.backends = [info.backend_pid] if info is not None else []

    def start(self, number: int, key: str = "review", **data: Any) -> Any:
        return self.flows[key].start.run(data={"owner": self.users[number % PEOPLE], **data})

    def session(self) -> str:
        """Sign the first person in, who may see the review; returns the number of the session."""
        from django.contrib.auth.models import Permission, User
        from django.test import Client

        client, somebody = Client(), User.objects.get(pk=self.users[0])
        somebody.user_permissions.add(*Permission.objects.filter(codename__in=("view_process", "view_task")))
        client.force_login(somebody)
        return client.cookies["sessionid"].value

    def complete(self, process: int, node: str, **data: Any) -> None:
        """Do what a request does: read the task, lock its process, keep the data, run on."""
        task = self.tasks.select_related("process").get(process_id=process, status=self.assigned, flow_task_type="HUMAN")
        assert task.flow_task.name == node
        with task.activation() as activation:
            activation.start(_Request(task.owner))
            activation.process.data.update(model.payload(node, process) | data)
            activation.process.save()
            activation.execute()


def _set_up(address: str) -> None:
    settings.configure(
        SECRET_KEY="bench" * 10, USE_TZ=True, DATABASES={"default": _database(address)}, LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ALLOWED_HOSTS=["127.0.0.1"], STATIC_URL="/static/",
        ROOT_URLCONF="tests.bench.peers.reviewing.urls",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
            "django.contrib.staticfiles", "viewflow", "viewflow.workflow", "tests.bench.peers.reviewing",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware", "viewflow.middleware.SiteMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [f"django.{each}" for each in _CONTEXT]},
        }],
    )  # fmt: skip
    django.setup()


def _database(address: str) -> dict[str, Any]:
    if address.startswith("sqlite:///"):
        durable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": durable}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": address.removeprefix("sqlite:///"), "OPTIONS": options,
                "CONN_MAX_AGE": None}  # fmt: skip
    parts = urlsplit(address)
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    return {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path.strip("/"), "HOST": host,
            "USER": parts.username or "postgres", "PASSWORD": parts.password or "", "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None}  # fmt: skip


def w1(address: str, n: int) -> dict[str, Any]:
    """Start an instance and complete its five tasks, `n` times."""
    site, starts, acts = Site(address), Stopwatch(), Stopwatch()
    backend = cpu_ms_of(site.backends)
    for number in range(n):
        with starts.lap():
            process = site.start(number)
        for node in model.TASKS:
            with acts.lap():
                site.complete(process.pk, node)
        assert site.processes.get(pk=process.pk).status == "DONE"
    backend = (cpu_ms_of(site.backends) - backend) / len(acts.walls)
    return acts.found() | {"start_ms": starts.found()["p50_ms"], "backend_cpu_ms": backend}


def w3(address: str, n: int) -> dict[str, Any]:
    """Fire due timers, a hundredth of `n` but at least fifty of them."""
    site, due = Site(address), max(50, n // 100)
    for number in range(due):
        process = site.start(number, timer_seconds=1)
        for node in model.TASKS[:3]:
            site.complete(process.pk, node)
    time.sleep(1.2)
    wall, cpu = time.perf_counter(), time.process_time()
    assert site.timers.fire_due_timers() == due
    return {"fired_per_second": due / (time.perf_counter() - wall),
            "fired_cpu_ms": (time.process_time() - cpu) * 1e3 / due}  # fmt: skip


def w4(address: str, n: int) -> dict[str, Any]:
    """Launch `n` instances, a hundred in a transaction."""
    site = Site(address)
    wall, cpu = time.perf_counter(), time.process_time()
    for first in range(0, n, 100):
        with site.atomic():
            for number in range(first, min(first + 100, n)):
                site.start(number)
    return {"per_second": n / (time.perf_counter() - wall), "cpu_ms": (time.process_time() - cpu) * 1e3 / n}


def application() -> Any:
    """Return the pages of the review, for a server."""
    from django.core.wsgi import get_wsgi_application

    _set_up(os.environ["DATABASE_URL"])
    return get_wsgi_application()


def w6(address: str, n: int) -> dict[str, Any]:
    """Hand in the first task of `n` instances as a browser does: signed in, with its token, at two web processes."""
    site = Site(address)
    with site.atomic():
        for _ in range(n + WARM_UP):
            site.start(0)
    token = "a" * 32  # Django compares the form's with the cookie's
    posts = [
        Post(f"/review/{task.process_id}/goals/{task.pk}/execute/", urlencode({
            "csrfmiddlewaretoken": token, "body": json.dumps(model.payload("goals", task.process_id)),
        }))
        for task in site.tasks.filter(status=site.assigned).order_by("pk")
    ]  # fmt: skip
    headers = {"Cookie": f"sessionid={site.session()}; csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
    with served("tests.bench.peers.viewflow:application()", DATABASE_URL=address) as web:
        found = web.measured(posts, headers)
    assert site.tasks.filter(status="DONE", flow_task_type="HUMAN").count() == n + WARM_UP
    return found


if __name__ == "__main__":
    main({"W1": w1, "W3": w3, "W4": w4, "W6": w6})
