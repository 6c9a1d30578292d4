"""The bench itself: it counts what it says, judges as it promises, and the README shows what was recorded."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.bench import gates, loading, model, report
from tests.bench.__main__ import FULL, QUICK, README, RECORD
from tests.bench.peers import ours
from tests.bench.rounds import Bench, Cell
from tests.databases import SqliteFiles


def rounds(**peers: dict) -> list[dict]:
    return [peers]


def verdict(workload: str, gate: str, found: list[dict]) -> dict:
    return next(each for each in gates.judged(workload, "sqlite", found) if each["id"] == gate)


def test_a_ratio_within_its_limit_passes_and_one_beyond_falls_short():
    quick = rounds(ours={"cpu_ms": 2.0}, spiff={"cpu_ms": 4.0})
    slow = rounds(ours={"cpu_ms": 4.0}, spiff={"cpu_ms": 4.0})

    assert verdict("W1", "W1.cpu_vs_spiff_json", quick)["ok"]
    assert not verdict("W1", "W1.cpu_vs_spiff_json", slow)["ok"]


def test_the_median_of_the_rounds_counts():
    found = [{"ours": {"cpu_ms": cpu}, "spiff": {"cpu_ms": 1.0}} for cpu in (0.5, 0.6, 9.0)]

    judged = verdict("W1", "W1.cpu_vs_spiff_json", found)

    assert (judged["value"], judged["lowest"], judged["highest"], judged["ok"]) == (0.6, 0.5, 9.0, True)


def test_nothing_is_promised_beside_a_peer_that_is_missing():
    ids = {each["id"] for each in gates.judged("W1", "sqlite", rounds(ours={"cpu_ms": 2.0, "commits": 1}))}

    assert ids == {"W1.commits_completion"}


def test_some_promises_are_about_one_database():
    found = rounds(ours={"cpu_ms": 3.0, "p99_ms": 99.0})

    kept = {database: {each["id"] for each in gates.judged("W6", database, found)} for database in ("sqlite", "postgresql")}

    assert kept == {"sqlite": {"W6.cpu_ms", "W6.p99_ms"}, "postgresql": {"W6.cpu_ms"}}


def test_both_sizes_know_every_workload_and_ours_is_always_there():
    assert FULL.keys() == QUICK.keys()
    assert all(any(cell.peer == "ours" for cell in cells) for cells in (*FULL.values(), *QUICK.values()))


@pytest.mark.parametrize("peer", ["ours", "spiff", "floor", "limits"])
def test_a_peer_passes_the_process_and_checks_that_it_did(peer, tmp_path):
    bench = Bench(cache=tmp_path)

    found = bench.round_of("W1", [Cell("it", peer, 2)], SqliteFiles())

    assert bench.skipped == {} and found["it"]["n"] == 10 and found["it"]["cpu_ms"] > 0


@pytest.mark.parametrize("peer", ["ours", "spiff", "limits"])
def test_a_peer_completes_different_tasks_over_http_and_checks_that_it_did(peer, tmp_path):
    bench = Bench(cache=tmp_path)

    found = bench.round_of("W6", [Cell("it", peer, 12)], SqliteFiles())

    assert bench.skipped == {} and found["it"]["n"] == 12 and found["it"]["p50_ms"] > 0


@contextmanager
def listening() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server's port, and path and body of what was posted there, which is done unless it went to `/refused`."""
    seen: list[tuple[str, str]] = []

    class Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            seen.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(403 if self.path == "/refused" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, seen
        server.shutdown()


@pytest.fixture(params=["wrk", "our own"])
def client(request, monkeypatch):
    """Either of the two clients; the first where it is installed."""
    if request.param == "our own":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    elif not shutil.which("wrk"):
        pytest.skip("needs Debian's wrk")


def test_either_client_posts_each_request_once_to_its_own_server(client):
    with listening() as (one, seen_by_one), listening() as (other, seen_by_other):
        posts = [loading.Post(f"/{number}", json.dumps({"is": number})) for number in range(50)]

        found = loading.loaded({one: posts[:30], other: posts[30:]}, {"Cookie": "a=b"})

    assert sorted(seen_by_one) == sorted(posts[:30]) and sorted(seen_by_other) == sorted(posts[30:])
    assert found["n"] == 50 and found["per_second"] > 0 and found["p50_ms"] <= found["p99_ms"]


def test_a_request_that_is_refused_does_not_count_as_done(client):
    with listening() as (one, _), listening() as (other, _):
        lists = {one: [loading.Post("/0", "")] * 4, other: [loading.Post("/refused", "")] * 4}

        with pytest.raises(AssertionError, match="of 8 requests 4 were done, 4 refused"):
            loading.loaded(lists, {})


@pytest.mark.parametrize("peer", ["viewflow", "bpmn_engine"])
def test_a_peer_that_is_not_installed_is_skipped_with_the_reason(peer, tmp_path):
    bench = Bench(cache=tmp_path)

    assert bench.round_of("W1", [Cell("it", peer, 2)], SqliteFiles()) == {}
    assert "--install-peers" in bench.skipped[peer]


def test_ours_keeps_its_counters(tmp_path):
    found = ours.w1(f"sqlite:///{tmp_path / 'bench.db'}", 1)

    kept = {each["id"]: each["ok"] for each in gates.judged("W1", "sqlite", rounds(ours=found))}
    assert kept == {"W1.statements_start": True, "W1.statements_completion": True, "W1.commits_completion": True}


def test_the_dialects_have_the_same_tasks():
    for key in ("review", "loop"):
        dialects = (model.ours(key), model.spiff(key), model.bpmn_engine(key))
        assert all(f'id="{name}"' in diagram for name in model.TASKS for diagram in dialects)


def test_the_table_says_who_drove_http():
    said = {"per_second": 200.0, "cpu_ms": 3.0, "p50_ms": 9.0, "p99_ms": 80.0, "client": "wrk"}
    result = {"machine": "a machine", "on": "today", "rounds": 1, "gates": [], "cells": {"W6": {"sqlite": rounds(ours=said)}}}

    table = report.table(result)

    assert "Requests of W6 come from wrk." in table and "| W6 CPU of a request, ms | sqlite | 3 |" in table


def test_the_readme_shows_what_was_recorded():
    assert report.table(json.loads(RECORD.read_text())) in README.read_text()
