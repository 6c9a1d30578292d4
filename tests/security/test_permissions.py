"""The table of permissions: complete, and as the domain model has it."""

import pytest

from app.security.permissions import ROLES, TABLE, Cell, cell, roles_with


def test_every_action_says_something_for_every_role():
    assert all(set(row) == set(ROLES.values()) for row in TABLE.values())


def test_every_cell_has_a_known_letter():
    assert {each.letter for row in TABLE.values() for each in row.values()} <= set("ALUSDPKCXr-")


def test_the_administrator_sees_no_content():
    may = {action for action, row in TABLE.items() if row["SYS_ADMIN"].letter != "-"}

    assert may == {"inbox.own_tasks", "inbox.delegate", "processes.change", "audit.read", "users.change"}


@pytest.mark.parametrize(
    ("action", "role", "expected"),
    [
        ("diagnosis.read", "COMMITTEE", Cell("A", without_persons=True)),
        ("diagnosis.read", "COLLEGE_LEADER", Cell("L", without_persons=True)),
        ("diagnosis.read", "AUDITOR", Cell("-")),
        ("warnings.view", "TEACHING_SUPERVISOR", Cell("A", without_persons=True)),
        ("orders.issue", "QA_OFFICER", Cell("A", remark="draft")),
        ("orders.issue", "AUDITOR", Cell("r")),
        ("inbox.delegate", "STUDENT", Cell("-")),
        ("goals.view", "EMPLOYER", Cell("-")),
    ],
)
def test_cells_read_as_in_the_model(action, role, expected):
    assert cell(action, role) == expected


def test_an_unknown_action_is_a_mistake_and_not_a_refusal():
    with pytest.raises(KeyError):
        cell("diagnosis.raed", "QA_DIRECTOR")


def test_the_roles_that_may_do_an_action_leave_out_readers_and_those_who_may_not():
    assert roles_with("users.change") == {"SYS_ADMIN"}
    assert "AUDITOR" not in roles_with("orders.issue")
