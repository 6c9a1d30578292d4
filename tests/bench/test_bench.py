"""The bench itself: it counts what it says, judges as it promises, and the README shows what was recorded."""

import json

import pytest

from tests.bench import gates, model, report
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


def test_both_sizes_know_every_workload_and_ours_is_always_there():
    assert FULL.keys() == QUICK.keys()
    assert all(any(cell.peer == "ours" for cell in cells) for cells in (*FULL.values(), *QUICK.values()))


@pytest.mark.parametrize("peer", ["ours", "spiff", "floor", "limits"])
def test_a_peer_passes_the_process_and_checks_that_it_did(peer, tmp_path):
    bench = Bench(cache=tmp_path)

    found = bench.round_of("W1", [Cell("it", peer, 2)], SqliteFiles())

    assert bench.skipped == {} and found["it"]["n"] == 10 and found["it"]["cpu_ms"] > 0


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


def test_the_readme_shows_what_was_recorded():
    assert report.table(json.loads(RECORD.read_text())) in README.read_text()
