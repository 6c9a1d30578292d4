"""What a report shows of its figures and says of them, and what is missing from a decision. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Of these layers results are published by name; of teachers and students only counts (decision 5).
PUBLIC_LAYERS = ("COLLEGE", "PROGRAMME", "COURSE")
LAYERS = (*PUBLIC_LAYERS, "TEACHER", "STUDENT")
CHAPTERS = {
    "COLLEGE": "学校（学院）层面", "PROGRAMME": "专业层面", "COURSE": "课程层面", "TEACHER": "教师层面", "STUDENT": "学生层面",
}  # fmt: skip
# Fewer people than this could be recognised in a count (I-14, scenario 31).
SMALLEST_GROUP = 5
FEW, WITHHELD = "<5", "不公布"

# What is counted of a layer, in the order of its chapter: group, its name, its cells and their names.
GROUPS: dict[str, tuple[str, dict[str, str]]] = {
    "diagnoses": ("自我诊改", {"SUBMITTED": "按时提交", "LATE": "逾期提交", "MISSED": "缺失"}),
    "warnings": ("预警", {"RED": "严重", "YELLOW": "警示"}),
    "endings": ("预警处置", {"RESOLVED": "已解除", "FALSE_ALARM": "误报", "STANDING": "未解除"}),
    "findings": ("考核发现问题", {"MINOR": "一般", "MODERATE": "较重", "SERIOUS": "严重"}),
    "orders": ("限期整改", {"CLOSED": "已销号", "RUNNING": "整改中", "OVERDUE": "逾期", "REFERRED": "已转专题会"}),
    "verifications": ("实地复核", {"EFFECTIVE": "有效", "PARTLY_EFFECTIVE": "部分有效", "NO_EVIDENT_EFFECT": "无明显成效"}),
    "grades": ("考核等级", {"A": "A", "B": "B", "C": "C", "D": "D"}),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A group of counts as a reader gets it: `total` and each cell as text."""

    total: str
    cells: dict[str, str]

    @property
    def told(self) -> dict[str, str]:
        """The cells worth telling: of a group that is hidden altogether none."""
        return {} if self.total == FEW else self.cells

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it was hidden."""
        return FEW not in (self.total, *self.cells.values())


def kinds_due(term_number: int) -> tuple[str, ...]:
    """Return the reports due at the end of a term: each half-year, and the year's with the autumn term."""
    return ("HALF_YEAR", "YEAR") if term_number == 1 else ("HALF_YEAR",)


def shown(counts: Mapping[str, int], names: Mapping[str, str], *, anonymous: bool) -> Shown:
    """Return the counts of a group as text, in the order of `names`.

    Of people, a group smaller than five is hidden altogether, and so is every
    cell smaller than five; a single hidden cell could be worked out from the
    total, so the next larger one is withheld with it.
    """
    cells = {key: counts.get(key, 0) for key in names}
    total = sum(cells.values())
    if not anonymous:
        return Shown(str(total), {key: str(count) for key, count in cells.items()})
    if 0 < total < SMALLEST_GROUP:
        return Shown(FEW, dict.fromkeys(cells, FEW))
    few = [key for key, count in cells.items() if 0 < count < SMALLEST_GROUP]
    said = {key: FEW if key in few else str(count) for key, count in cells.items()}
    if len(few) == 1:
        others = [key for key, count in cells.items() if count >= SMALLEST_GROUP]
        said[min(others, key=cells.__getitem__)] = WITHHELD
    return Shown(str(total), said)


def shown_layer(figures: Mapping[str, Any], layer: str) -> dict[str, Shown]:
    """Return every group of a layer's figures as its readers get them."""
    anonymous = layer not in PUBLIC_LAYERS
    return {
        group: shown(figures.get(group, {}), names, anonymous=anonymous) for group, (_, names) in GROUPS.items()
    }


def number_of_subjects(figures: Mapping[str, Any], layer: str) -> str:
    """Return how many subjects a layer has, hidden where they are few people."""
    count = figures.get("subjects", 0)
    return str(count) if layer in PUBLIC_LAYERS else few(count)


def on_time_percent(figures: Mapping[str, Any], layer: str) -> int | None:
    """Return the share of self-diagnoses handed in on time, whole percent.

    None where nothing was due, and where it would give a hidden count away.
    """
    counts = figures.get("diagnoses", {})
    due = sum(counts.get(key, 0) for key in GROUPS["diagnoses"][1])
    if not due or not shown_layer(figures, layer)["diagnoses"].is_whole:
        return None
    return 100 * counts.get("SUBMITTED", 0) // due


def chapter(figures: Mapping[str, Any], layer: str) -> str:
    """Return what the figures of a layer say, as the first draft of its chapter."""
    seen = shown_layer(figures, layer)
    if not figures.get("diagnoses") and not figures.get("grades"):
        return f"本期共有{number_of_subjects(figures, layer)}个质量主体，尚未开展自我诊改和考核性诊断。".replace(FEW, "不足5")
    percent = on_time_percent(figures, layer)
    share = f"，按时率{percent}%" if percent is not None else ""
    sentences = [
        f"本期共有{number_of_subjects(figures, layer)}个质量主体。自我诊改应交{seen['diagnoses'].total}次{share}{_cells('diagnoses', seen)}。",
        f"发出预警{seen['warnings'].total}条{_cells('warnings', seen)}{_endings(seen)}。",
        f"考核性诊断评定{seen['grades'].total}个{_cells('grades', seen)}，发现问题{seen['findings'].total}个{_cells('findings', seen)}。",
        f"下达限期整改{seen['orders'].total}份{_cells('orders', seen)}；"
        f"实地复核{seen['verifications'].total}次{_cells('verifications', seen)}。",
    ]
    return "\n".join(sentences).replace(FEW, "不足5")


def figure_lines(figures: Mapping[str, Any], layer: str) -> str:
    """Return the figures of a layer as the lines of a list, for the form of the draft."""
    seen = shown_layer(figures, layer)
    percent = on_time_percent(figures, layer)
    lines = [f"质量主体 {number_of_subjects(figures, layer)} 个"]
    for group, (name, names) in GROUPS.items():
        parts = [f"{names[key]} {text}" for key, text in seen[group].told.items()]
        if group == "diagnoses" and percent is not None:
            parts.append(f"按时率 {percent}%")
        lines.append(f"{name} {seen[group].total}" + (f"（{'，'.join(parts)}）" if parts else ""))
    return "\n".join(f"- {line}" for line in lines).replace(FEW, "不足5")


def first_summary(figures: Mapping[str, Any]) -> str:
    """Return the first draft of the general part."""
    named, others = told(figures["unresolved"])
    late = sum(each["state"] == "OVERDUE" for each in named)
    of_people = f"教师、学生层面另有{few(others)}个。".replace(FEW, "不足5") if others else ""
    running = "、".join(CHAPTERS[layer] for layer in LAYERS if figures["layers"].get(layer, {}).get("diagnoses"))
    done = f"本期{running}开展了自我诊改。" if running else "本期还没有层面开展自我诊改。"
    rest = f"尚有{len(named)}个问题未解决，其中逾期{late}个。" if named else "" if others else "没有未解决的问题。"
    return f"{done}{rest}{of_people}下一步按整改台账逐项督办，未见成效的提交学院专题会研究。"


def few(count: int) -> str:
    """Return a number of things that belong to people; a small one is not told."""
    return FEW if 0 < count < SMALLEST_GROUP else str(count)


def told(unresolved: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], int]:
    """Return the unresolved problems that staff may read one by one, and how many more are people's."""
    named = [each for each in unresolved if each["layer"] in PUBLIC_LAYERS]
    return named, len(unresolved) - len(named)


def problem_words(entry: Mapping[str, Any]) -> str:
    """Return an unresolved problem as staff may read it: of a sensitive point not what it is (I-14)."""
    return "涉及敏感诊断点，内容不公开" if entry["sensitive"] else str(entry["problem"])


def problems_of_decisions(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what a decision on proposals lacks, by place: each one decided, each refusal with its reason."""
    problems = {}
    for number, row in enumerate(rows):
        if row.get("decision") not in ("APPROVED", "REFUSED"):
            problems[f"links.{number}.decision"] = "请选择批准或不批准。"
        elif row["decision"] == "REFUSED" and not str(row.get("reason") or "").strip():
            problems[f"links.{number}.reason"] = "不批准时请写明意见。"
    return problems


def _cells(group: str, seen: Mapping[str, Shown]) -> str:
    names = GROUPS[group][1]
    said = [f"{names[key]}{text}" for key, text in seen[group].told.items() if text != "0"]
    return f"（{'、'.join(said)}）" if said else ""


def _endings(seen: Mapping[str, Shown]) -> str:
    if seen["endings"].total == "0" or not seen["endings"].told:
        return ""
    names = GROUPS["endings"][1]
    return "，其中" + "、".join(f"{names[key]}{text}" for key, text in seen["endings"].told.items())
