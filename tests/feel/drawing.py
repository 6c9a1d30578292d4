"""Decision files as dmn-js writes them, for the tests."""

from xml.sax.saxutils import escape, quoteattr

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def definitions(*parts, namespace="http://college.example/decisions"):
    inside = "".join(parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions xmlns="{DMN}" id="definitions" name="decisions" namespace="{namespace}">{inside}</definitions>'
    )


def text(tag, source, **attributes):
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{written}><text>{escape(source)}</text></{tag}>"


def literal(source):
    return text("literalExpression", source)


def input_data(name, kind=""):
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{typed}/></inputData>'


def decision(name, logic, *, needs="", kind="", shown=""):
    """`needs` are "input:score decision:grade knowledge:rule", by id."""
    typed = f' typeRef="{kind}"' if kind else ""
    return (
        f'<decision id="{name}" name="{shown or name}"><variable name="{shown or name}"{typed}/>'
        f"{requirements(needs)}{logic}</decision>"
    )


def requirements(needs):
    tags = {
        "input": ("informationRequirement", "requiredInput"),
        "decision": ("informationRequirement", "requiredDecision"),
        "knowledge": ("knowledgeRequirement", "requiredKnowledge"),
    }
    written = ""
    for need in needs.split():
        outer, inner = tags[need.partition(":")[0]]
        written += f'<{outer}><{inner} href="#{need.partition(":")[2]}"/></{outer}>'
    return written


def function(name, parameters, body, *, needs=""):
    written = "".join(f'<formalParameter name="{each}"/>' for each in parameters)
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/>{requirements(needs)}'
        f"<encapsulatedLogic>{written}{body}</encapsulatedLogic></businessKnowledgeModel>"
    )


def table(rows, *, inputs, outputs=("result",), policy="UNIQUE", kinds=None, values=None, defaults=None):
    """`rows` are "test | test | output | output"; `values` are the outputs' lists of values, by name."""
    kinds, values, defaults = kinds or {}, values or {}, defaults or {}
    hit, _, aggregation = policy.partition("/")
    columns = "".join(
        "<input>" + text("inputExpression", each, typeRef=kinds.get(each, "Any")) + "</input>" for each in inputs
    )
    for each in outputs:
        columns += f'<output name="{each}" typeRef="{kinds.get(each, "Any")}">'
        columns += text("outputValues", values[each]) if each in values else ""
        columns += text("defaultOutputEntry", defaults[each]) if each in defaults else ""
        columns += "</output>"
    for row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        columns += "<rule><description>drawn</description>"
        columns += "".join(text("inputEntry", cell) for cell in cells[: len(inputs)])
        columns += "".join(text("outputEntry", cell) for cell in cells[len(inputs) :]) + "</rule>"
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{hit}"{aggregated}>{columns}</decisionTable>'
