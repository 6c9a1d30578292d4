"""The one table: which role does what, and how far (domain model, part 3c).

A cell is a letter, maybe with `-persons` (not the layers of teachers and
students) and a remark after a colon for the reader:

    A everything   L led units   U own unit   S own section   D own department
    P own programme   K own course   C own students   X what is one's own
    r everything, but only to read   - nothing

Sections, staff and courses that a cell's remark names (`U:sections`) are told
apart by the diagram's performer rules, not here.
"""

from dataclasses import dataclass

ROLES = {
    "CM": "COMMITTEE",
    "QD": "QA_DIRECTOR",
    "QO": "QA_OFFICER",
    "CL": "COLLEGE_LEADER",
    "OH": "OFFICE_HEAD",
    "SH": "SECTION_HEAD",
    "ST": "STAFF",
    "DH": "DEPT_HEAD",
    "DA": "DEPT_ASSESSOR",
    "PL": "PROGRAMME_LEADER",
    "KL": "COURSE_LEADER",
    "TE": "TEACHER",
    "CO": "COUNSELLOR",
    "SU": "STUDENT",
    "SV": "TEACHING_SUPERVISOR",
    "DS": "DATA_STEWARD",
    "AD": "SYS_ADMIN",
    "AU": "AUDITOR",
}

# They look over the whole college, or several units, and not first at what is their own.
OVERSEERS = {"QA_DIRECTOR", "QA_OFFICER", "COMMITTEE", "COLLEGE_LEADER"}

_TABLE = """
action                     CM         QD       QO       CL         OH         SH  ST  DH        DA  PL        KL        TE  CO         SU  SV        DS        AD       AU
inbox.own_tasks            X          X        X        X          X          X   X   X         X   X         X         X   X          X   X         X         X        -
inbox.delegate             X          X        X        X          X          X   X   X         X   X         X         X   X          -   X         X         X        -
goals.view                 A          A        A        A          U          S   X   D         D   P         K         X   C          X   A         A         -        A
goals.edit                 -          U        -        -          U          S   X   D         -   P         K         X   -          X   -         -         -        -
goals.confirm              -          -        -        L          U:sections S   -   D         -   P:courses -         -   C          -   -         -         -        -
standards.draft            -          A        A        -          U          -   -   D         -   P         K         -   -          -   -         -         -        r
standards.approve          A          -        -        -          -          -   -   -         -   -         -         -   -          -   -         -         -        r
indicators.change          A:approve  A        A:draft  -          -          -   -   D:propose -   P:propose K:propose -   -          -   -         A:sources -        r
measurements.enter         -          -        A        -          U          S   X   D         -   P         K         X   C          X   -         A         -        -
warnings.view              A          A        A        L          U          S   X   D         D   P         K         X   C          X   A-persons -         -        A-persons
warnings.acknowledge       -          A        A        -          U          S   X   D         -   P         K         X   C          X   -         -         -        -
diagnosis.submit           -          -        -        -          U          S   X   D         -   P         K         X   -          X   -         -         -        -
diagnosis.read             A-persons  A        A        L-persons  U          S   X   D         D   P         K         X   C          X   -         -         -        -
reports.approve            -          -        -        L          U          S   -   D         -   P         -         -   C          -   -         -         -        r
reports.accept             -          A        A        -          -          -   -   -         -   -         -         -   -          -   -         -         -        r
assessment.hold            A:appoint  A        A        -          -          -   -   D         D   -         -         -   C:prepares -   A:invited -         -        -
orders.issue               -          A        A:draft  -          -          -   -   D         -   -         -         -   -          -   -         -         -        r
verification.do            A:appoint  A        A:own    -          -          -   -   -         -   -         -         -   -          -   A:own     -         -        r
meeting.hold               A:confirm  A        A:draft  L:attend   U:attend   -   -   D:attend  -   -         -         -   -          -   -         -         -        r
results.publish            A:approve  A        A:draft  -          -          -   -   -         -   -         -         -   -          -   -         -         -        -
appraisal.link             A:approve  A:propose -       -          U:hr       -   -   -         -   -         -         -   -          -   -         -         -        r
terms.launch               A          A        A        -          -          -   -   -         -   -         -         -   -          -   -         -         -        -
processes.change           A:approve  A        A:draft  -          -          -   -   -         -   -         -         -   -          -   -         -         A:deploy -
audit.read                 -          A        -        -          -          -   -   -         -   -         -         -   -          -   -         -         A        A
users.change               -          -        -        -          -          -   -   -         -   -         -         -   -          -   -         -         A        -
"""


@dataclass(frozen=True)
class Cell:
    """How far one role goes with one action."""

    letter: str
    without_persons: bool = False
    remark: str = ""


NOTHING = Cell("-")


def cell(action: str, role: str) -> Cell:
    """Return the table's cell; a role without a column may do nothing. Raises `KeyError` for an unknown action."""
    return TABLE[action].get(role, NOTHING)


def roles_with(action: str) -> set[str]:
    """Return the roles that may do an action to anything at all. Raises `KeyError` for an unknown action."""
    return {role for role, found in TABLE[action].items() if found.letter not in "-r"}


def _cell(text: str) -> Cell:
    reach, _, remark = text.partition(":")
    return Cell(reach[0], without_persons=reach.endswith("-persons"), remark=remark)


def _read(table: str) -> dict[str, dict[str, Cell]]:
    head, *lines = [line.split() for line in table.strip().splitlines()]
    roles = [ROLES[short] for short in head[1:]]
    return {line[0]: dict(zip(roles, map(_cell, line[1:]), strict=True)) for line in lines}


TABLE = _read(_TABLE)
