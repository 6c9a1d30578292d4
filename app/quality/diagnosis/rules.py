"""When a self-diagnosis may be submitted, and what its figures mean. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

NEEDS_A_WORD = {"YELLOW", "RED", "YELLOW_HIGH", "YELLOW_LOW"}


def problems_of_points(
    rows: Sequence[Mapping[str, Any]],
    *,
    wanted: Iterable[str],
    levels: Mapping[str, str],
    red: Collection[str],
) -> dict[str, str]:
    """Return what keeps a self-diagnosis from being submitted, by place (`points.2.measure`).

    Every point of the layer needs a row; a warned point cannot be "unchanged";
    a problem needs cause and measure; a point with a standing RED warning needs
    a measure whatever its state (I-7).
    """
    problems: dict[str, str] = {}
    given = {row.get("point"): number for number, row in enumerate(rows)}
    if missing := [point for point in wanted if point not in given]:
        problems["points"] = f"还有诊断点没有填写：{'、'.join(missing)}。"
    for point, number in given.items():
        row, place = rows[number], f"points.{number}."
        level = levels.get(str(point), "")
        if level in NEEDS_A_WORD and row.get("state") == "UNCHANGED":
            problems[f"{place}state"] = "该点有预警，不能选“无变化”，请说明情况。"
        if row.get("state") == "PROBLEM":
            for field, sentence in (("problem", "请写明问题。"), ("cause", "请写明原因。")):
                if not _said(row, field):
                    problems[f"{place}{field}"] = sentence
        if not _said(row, "measure") and (point in red or row.get("state") == "PROBLEM"):
            problems[f"{place}measure"] = (
                "该点有未解除的红色预警，必须写明改进措施（I-7）。" if point in red else "请写明改进措施。"
            )
        if _said(row, "measure") and not row.get("measure_by"):
            problems[f"{place}measure_by"] = "请选择措施的责任人。"
        if _said(row, "measure") and not row.get("measure_due"):
            problems[f"{place}measure_due"] = "请填写措施的完成期限。"
    return problems


def on_time_percent(*, on_time: int, owed: int) -> float | None:
    """Return the share of windows submitted on time (IC05); None while none was owed."""
    return round(100 * on_time / owed, 1) if owed else None


def completion_percent(progress: Iterable[float | None], *, elapsed_percent: float) -> float | None:
    """Return how far goals are against the share of the year that has passed, capped at 100 (IC01-IC03).

    None when no goal has reported its progress.
    """
    known = [each for each in progress if each is not None]
    if not known or elapsed_percent <= 0:
        return None
    return round(sum(min(100.0, 100 * each / elapsed_percent) for each in known) / len(known), 1)


def _said(row: Mapping[str, Any], field: str) -> bool:
    return bool(str(row.get(field) or "").strip())
