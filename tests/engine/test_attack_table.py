"""The attack table's rows on diagrams, XML and expressions, each under its number (shared/design/trust_cases.json).

Rows that have tests of their own are not here: script tasks (XML-25), loops without a wait (XML-23) and ids (XML-16)
in `test_linting.py`, deep histories (XML-37, XML-38) in `test_cost.py`, expressions (EXP-05, EXP-06) in `tests/feel`.
"""

import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app import engine
from app.engine import parsing
from app.engine.errors import DiagramError, StepFailed
from app.foundation.db import db
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, one_task, process, task, timer

WAY = chain("start", "a", "end")
SECONDS, MEGABYTES = 1.0, 100


def named(text: str, before: str = "") -> str:
    """Return a small diagram whose name is `text` as it stands in the file."""
    return before + one_task().replace('name="小流程"', f'name="{text}"')


def timed(moment: str) -> str:
    return process(START, timer("a", moment), END, WAY)


def choosing(condition: str) -> str:
    xml = process(START, gateway("g", default="a"), task("a"), END, chain("start", "g", "a", "end"), variables="score")
    return xml.replace("</process>", f"{flow('g', 'end', condition)}</process>")


ENTITIES = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 11))
DANGLING = (
    '<userTask id="u" qa:performer=\'"P1"\'><dataInputAssociation id="i"><sourceRef>o</sourceRef></dataInputAssociation>'
    '</userTask><dataObjectReference id="o" dataObjectRef="nowhere"/>'
)
MANY_ATTRIBUTES = " ".join(f'a{n}="1"' for n in range(100_000))
ESCAPE = '__import__("os").system("touch {canary}")'
WALK = "().__class__.__base__.__subclasses__()"

REFUSED = {
    "XML-03 entities that grow": (named("&a10;", f"<!DOCTYPE d [<!ENTITY a0 'hahahahaha'>{ENTITIES}]>"), "不是有效的 XML"),
    "XML-04 one long entity again and again": (named("&x;" * 400, f"<!DOCTYPE d [<!ENTITY x '{'y' * 50_000}'>]>"), "不是有效的 XML"),
    "XML-08 another encoding than it says": (('<?xml version="1.0" encoding="UTF-8"?>' + one_task()).encode("gbk"), "第 1 行"),
    "XML-09 attributes without end": (one_task().replace("<userTask", f"<userTask {MANY_ATTRIBUTES}"), "元素或属性过多"),
    "XML-09 elements without end": (one_task().replace("</process>", "<x/>" * 100_000 + "</process>"), "元素或属性过多"),
    "XML-10 nested 300 deep": (one_task().replace("</process>", "<x>" * 300 + "</x>" * 300 + "</process>"), "depth"),
    "XML-10 nested 100,000 deep": (one_task().replace("</process>", "<x>" * 100_000 + "</x>" * 100_000 + "</process>"), "depth"),
    "XML-11 a file of 20 MB": (one_task().replace("</process>", " " * 20_000_000 + "</process>"), "过大（上限 2 MB）"),
    "XML-12 nothing": ("", "empty"),
    "XML-12 a page": ("<html><body>流程</body></html>", "一个文件应当恰好包含一个流程"),
    "XML-12 a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "Start tag expected"),
    "XML-12 JSON": ('{"process": 1}', "Start tag expected"),
    "XML-12 an archive": (b"PK\x03\x04", "Start tag expected"),
    "XML-12 a decision": ('<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="a"/></definitions>', "一个文件应当恰好包含一个流程"),
    "XML-14 a data object that is nowhere": (
        process(START, d.subprocess("s", '<startEvent id="b"/>', DANGLING, '<endEvent id="e"/>', chain("b", "u", "e")), END, chain("start", "s", "end")),
        "数据对象不会保存",
    ),
    "XML-16 an id that is a path": (process(START, task("../../x"), END, chain("start", "../../x", "end")), "不能用作 id"),
    "XML-16 an id of 5,000 characters": (process(START, task("x" * 5000), END, chain("start", "x" * 5000, "end")), "最多 80 个字符"),
    "XML-21 a call of itself": (process(START, task("t"), d.call("a", "small"), END, chain("start", "t", "a", "end")), "会回到本流程自己"),
    "XML-27 a duration beyond the calendar": (timed('duration("P99999999Y")'), "没有得出时间"),
    "XML-27 a duration of 8,000 years": (timed('duration("P8000Y")'), "没有得出时间"),
    "XML-27 days beyond the calendar": (timed('duration("P99999999D")'), "没有得出时间"),
    "XML-28 a duration without a number": (timed('duration("P")'), "没有得出时间"),
    "XML-28 an empty duration": (timed('duration("")'), "没有得出时间"),
    "XML-28 a text that is no time": (timed('"P"'), "没有得出时间"),
    "XML-29 again and again in no time": (timed("R/PT0S").replace("timeDate", "timeCycle"), "不支持循环定时"),
    "XML-29 over at once": (timed('duration("PT0S")'), "太短"),
    "XML-29 over before it began": (timed('duration("-P1D")'), "太短"),
    "XML-31 months from the end of a month": (timed('duration("P1M")'), "月和年请用日期计算"),
    "XML-33 a million of one task": (
        process(START, task("a", '<multiInstanceLoopCharacteristics><loopCardinality>1000000</loopCardinality></multiInstanceLoopCharacteristics>'), END, WAY),
        "请用清单",
    ),
    "EXP-01 a command in a condition": (choosing(ESCAPE), "未知的名称“__import__”"),
    "EXP-02 Python's classes in a condition": (choosing(WALK), "有误"),
    "EXP-03 a command in a timer": (timed(ESCAPE), "未知的名称“__import__”"),
    "EXP-03 a command in a performer": (one_task(performer=ESCAPE), "未知的名称“__import__”"),
    "EXP-03 a command in a list": (process(START, task("a", d.each_of(ESCAPE, "x")), END, WAY), "不是已声明的变量"),
    "EXP-03 a command in a title": (process(START, task("a"), END, WAY, title=ESCAPE), "未知的名称“__import__”"),
    "EXP-03 a command in what a call is given": (process(START, d.call("a", "c", d.put("x", ESCAPE)), END, WAY), "未知的名称“__import__”"),
    "EXP-07 a full-width sign": (choosing("score ＞＝ 60"), "＞＝"),
    "EXP-07 full-width quotes": (choosing("score = “合格”"), "“合格”"),
    "EXP-07 full-width brackets": (choosing("score > （1）"), "（1）"),
    "FRM-06 half a character": (named("\ud800"), "无法保存的字符"),
}  # fmt: skip


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize(("xml", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_at_once_with_words_and_leaves_nothing(machine, tmp_path, xml, sentence):
    canary = tmp_path / "canary"
    if isinstance(xml, str):
        xml = xml.replace("{canary}", str(canary))
    began, memory = time.process_time(), memory_mb()

    with pytest.raises(DiagramError) as refused:
        machine.deploy(xml)

    assert time.process_time() - began < SECONDS
    assert memory_mb() - memory < MEGABYTES
    said = f"{refused.value} {json.dumps(refused.value.problems, ensure_ascii=False)}"
    assert sentence in said
    assert "Traceback" not in said and "site-packages" not in said
    assert not canary.exists()
    assert db.session.scalars(select(engine.ProcessDefinition)).all() == []


# What is read besides the diagram: files, and addresses.


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file whose content must turn up nowhere."""
    path = tmp_path / "secret.txt"
    path.write_text("KANARIENVOGEL")
    return path


def documented(text: str) -> str:
    return one_task().replace("</userTask>", f"<documentation>{text}</documentation></userTask>")


READING = {
    "XML-01 an entity that is a file": lambda path: f'<!DOCTYPE d [<!ENTITY x SYSTEM "{path.as_uri()}">]>' + documented("&x;"),
    "XML-01 a parameter entity that is a file": lambda path: f'<!DOCTYPE d [<!ENTITY % x SYSTEM "{path.as_uri()}"> %x;]>' + documented("&x;"),
    "XML-19 an inclusion": lambda path: documented(f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{path.as_uri()}" parse="text"/>'),
    "XML-19 a style sheet": lambda path: f'<?xml-stylesheet type="text/xsl" href="{path.as_uri()}"?>{one_task()}',
}  # fmt: skip


@pytest.mark.parametrize("xml", READING.values(), ids=READING.keys())
def test_no_file_of_the_machine_is_read(machine, secret, xml):
    try:
        read = parsing.read_xml(xml(secret))
        machine.deploy(xml(secret))
    except DiagramError as error:
        kept = f"{error} {error.problems}"
    else:
        kept = "".join(read.itertext())

    assert secret.read_text() not in kept


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port of this machine, and who has come by."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            try:
                while True:
                    connection, address = server.accept()
                    came.append(address)
                    connection.close()
            except OSError:
                return

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("what", ['<!DOCTYPE d SYSTEM "{url}">', '<!DOCTYPE d [<!ENTITY x SYSTEM "{url}">]>', '<!DOCTYPE d [<!ENTITY % x SYSTEM "{url}"> %x;]>'])
def test_xml_02_no_address_is_asked(machine, listener, what):
    port, came = listener

    with pytest.raises(DiagramError):
        machine.deploy(named("&x;" if "ENTITY x" in what else "x", what.format(url=f"http://127.0.0.1:{port}/x.dtd")))
    time.sleep(0.1)

    assert came == []
    socket.create_connection(("127.0.0.1", port)).close()  # somebody would have been heard
    time.sleep(0.1)
    assert len(came) == 1


def test_xml_20_a_call_of_what_is_not_there_waits_with_its_problem_and_goes_on_when_it_is(machine, caplog):
    parent = machine.runs(process(START, d.call("a", "child"), task("after"), END, chain("start", "a", "after", "end")))
    machine.work()
    (row,) = db.session.scalars(select(engine.Message))
    assert row.problem == "DefinitionNotFound: 没有部署流程“child”。"

    machine.deploy(one_task("c", key="child"))
    machine.at("2026-09-07 09:02")
    machine.does("c")
    machine.work()

    assert machine.nodes() == ["after"]
    assert machine.state(parent.id) == "RUNNING"


def test_xml_21_diagrams_that_call_each_other_in_a_circle_are_refused_where_it_closes(machine):
    def calling(key: str, called: str) -> str:
        return process(START, task("t"), d.call("a", called), END, chain("start", "t", "a", "end"), key=key)

    machine.deploy(calling("first", "second"))
    machine.deploy(calling("second", "third"))

    with pytest.raises(DiagramError) as refused:
        machine.deploy(calling("third", "first"))

    assert refused.value.problems == {"a": "这里的调用会回到本流程自己，启动后没有尽头。"}


NO_LISTS = {
    "XML-34 a number": 3, "XML-34 less than nothing": -1, "XML-34 a fraction": 2.5, "XML-34 nothing": None, "XML-35 a blank among them": ["P1", None, "P3"],
    "XML-36 a text": "甲乙丙", "XML-36 a context": {"a": 1},
}  # fmt: skip


@pytest.mark.parametrize("people", NO_LISTS.values(), ids=NO_LISTS.keys())
@pytest.mark.parametrize("sequential", [True, False], ids=["one after the other", "at once"])
def test_what_is_no_list_of_people_is_refused_and_stops_nobody_in_the_middle(machine, people, sequential):
    xml = process(START, task("a", d.each_of("people", "who", sequential=sequential)), END, WAY, variables="people")
    machine.deploy(xml)

    with pytest.raises(StepFailed, match="不是一张没有空项的清单"):
        machine.start(people=people)

    assert db.session.scalars(select(engine.ProcessInstance)).all() == []


@pytest.mark.parametrize("place", ["EXP-03 in an input", "EXP-03 in a cell", "EXP-03 in an output"])
def test_a_command_in_a_decision_table_runs_nowhere(machine, tmp_path, place):
    command = ESCAPE.replace("{canary}", str(tmp_path / "canary"))
    given, cell, output = (command if place.endswith(each) else other for each, other in (("input", "score"), ("cell", "-"), ("output", "1")))
    table = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:t"><decision id="level" name="level">'
        f'<decisionTable id="t" hitPolicy="FIRST"><input id="i"><inputExpression id="e"><text><![CDATA[{given}]]></text></inputExpression></input>'
        f'<output id="o" name="o"/><rule id="r"><inputEntry id="c"><text><![CDATA[{cell}]]></text></inputEntry>'
        f'<outputEntry id="v"><text><![CDATA[{output}]]></text></outputEntry></rule></decisionTable></decision></definitions>'
    )  # fmt: skip
    xml = process(START, '<businessRuleTask id="a" qa:decision="level"/>', task("b"), END, chain("start", "a", "b", "end"), variables="score")

    try:
        machine.deploy(xml, decisions={"level": table})
        instance = machine.start(score=1)
    except (DiagramError, StepFailed) as refused:
        assert "level" in f"{refused} {refused.problems}"
    else:
        assert machine.variables(instance.id)["a"] in (None, 1)  # a name that nobody has declared is nothing

    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_xml_32_a_moment_without_a_zone_is_the_colleges_wherever_the_server_stands(machine, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        machine.runs(process(START, timer("a", 'date and time("2027-03-01T17:00:00")'), END, WAY))
        assert machine.timers() == {"a": "2027-03-01 17:00"}
    finally:
        monkeypatch.undo()
        time.tzset()
