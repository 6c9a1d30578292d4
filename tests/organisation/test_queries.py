"""Who is above whom, who stands in for whom, on a given day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.foundation.db import db, transaction
from app.foundation.errors import Invalid, NotFound
from app.organisation import queries, service
from app.organisation.models import Assignment, Delegation, OrgUnit, Person, Post, UnitKind

ON = date(2026, 9, 7)


def leaves(person_id: str, *, last_day: date = ON - timedelta(days=1)) -> None:
    """Let a person's posts end."""
    with transaction():
        db.session.execute(update(Assignment).where(Assignment.person_id == person_id).values(to_on=last_day))


@pytest.mark.usefixtures("college")
class TestSuperiors:
    def test_the_head_of_an_office_answers_to_the_leader_above(self):
        assert queries.head_of("OFF-JWC", ON) == ["E011"]
        assert queries.superior_of("E011", ON) == queries.leader_of("OFF-JWC", ON) == ["E003"]

    def test_a_vacant_post_is_climbed_over(self):
        leaves("E003")

        assert queries.superior_of("E011", ON) == ["E002"]

    def test_somebody_who_is_no_longer_active_holds_nothing(self):
        with transaction():
            db.session.get_one(Person, "E003").active = False

        assert queries.superior_of("E011", ON) == ["E002"]

    def test_at_the_top_there_is_nobody_above(self):
        assert queries.superior_of("E001", ON) == []

    def test_without_a_post_there_is_nobody_above(self):
        leaves("E011")

        assert queries.superior_of("E011", ON) == []

    def test_superiors_in_a_circle_do_not_hang(self):
        with transaction():
            db.session.get_one(Post, "P-SJ").superior_code = "P-FY1"
        for leader in ("E001", "E002", "E003"):
            leaves(leader)

        assert queries.superior_of("E011", ON) == []

    def test_a_section_without_a_head_is_led_by_the_office(self):
        with transaction():
            db.session.add(OrgUnit(code="SEC-X", name_zh="新科", kind=UnitKind.SECTION, parent_code="OFF-JWC"))

        assert queries.head_of("SEC-X", ON) == ["E011"]
        assert queries.leader_of("SEC-X", ON) == ["E003"]

    @pytest.mark.scenario(34)
    def test_after_a_move_the_superior_is_that_of_the_new_post(self):
        with transaction():
            service.assign("E042", post_code="P-FY1", from_on=date(2026, 10, 1))

        assert queries.superior_of("E042", date(2026, 9, 30)) != ["E002"]
        assert queries.superior_of("E042", date(2026, 10, 1)) == ["E002"]

    def test_a_move_to_an_unknown_post_is_refused(self):
        with pytest.raises(Invalid), transaction():
            service.assign("E042", post_code="P-NIX", from_on=ON)

    def test_a_move_counts_from_its_first_to_its_last_day(self):
        with transaction():
            service.assign("E042", post_code="P-FY1", from_on=date(2026, 10, 1))
            row = db.session.scalars(select(Assignment).where(Assignment.person_id == "E042", Assignment.to_on.is_(None))).one()
            row.to_on = date(2026, 10, 31)

        held = [queries.post_of("E042", day) for day in (date(2026, 10, 31), date(2026, 11, 1))]
        assert [post and post.code for post in held] == ["P-FY1", None]


@pytest.mark.usefixtures("college")
class TestDelegations:
    @pytest.fixture(autouse=True)
    def _delegated(self, college):
        with transaction():
            service.delegate("E011", to_person_id="E012", from_on=ON, to_on=ON + timedelta(days=4), reason="出差")

    @pytest.mark.scenario(35)
    @pytest.mark.parametrize(("days", "stands_in"), [(-1, False), (0, True), (4, True), (5, False)])
    def test_a_deputy_stands_in_from_the_first_to_the_last_day(self, days, stands_in):
        day = ON + timedelta(days=days)

        assert queries.delegators_of("E012", day) == (["E011"] if stands_in else [])
        assert queries.delegates_of(["E011", "E013"], day) == ({"E011": "E012"} if stands_in else {})

    def test_of_two_deputies_at_a_time_each_has_the_tasks(self):
        with transaction():
            service.delegate("E011", to_person_id="E013", from_on=ON, to_on=ON, reason="出差")

        assert queries.delegators_of("E012", ON) == queries.delegators_of("E013", ON) == ["E011"]

    @pytest.mark.parametrize(
        ("changed", "place"),
        [({"to_on": ON - timedelta(days=1)}, "to_on"), ({"to_person_id": "E011"}, "to_person_id"), ({"reason": " "}, "reason")],
    )  # fmt: skip
    def test_a_senseless_delegation_is_refused(self, changed, place):
        given = {"to_person_id": "E013", "from_on": ON, "to_on": ON, "reason": "病假", **changed}

        with pytest.raises(Invalid) as caught, transaction():
            service.delegate("E011", **given)

        assert list(caught.value.problems) == [place]
        assert len(db.session.scalars(select(Delegation)).all()) == 1

    def test_nobody_can_stand_in_who_is_not_here(self):
        with pytest.raises(NotFound), transaction():
            service.delegate("E011", to_person_id="E999", from_on=ON, to_on=ON, reason="病假")


@pytest.mark.usefixtures("college")
class TestRoles:
    def test_a_pattern_reaches_the_units_it_matches(self):
        assert queries.reaches("OFF-JWC,DEP-*", "DEP-JDX")
        assert not queries.reaches("OFF-JWC,DEP-*", "OFF-KYC")
        assert queries.reaches("ALL", "OFF-KYC")

    def test_a_role_ends_with_its_last_day(self):
        with transaction():
            for grant in db.session.scalars(select(queries.RoleGrant).where(queries.RoleGrant.role == "QA_DIRECTOR")):
                grant.to_on = ON

        assert queries.holders("QA_DIRECTOR", on=ON) != []
        assert queries.holders("QA_DIRECTOR", on=ON + timedelta(days=1)) == []

    def test_an_inactive_person_holds_no_role(self):
        director = queries.holders("QA_DIRECTOR", on=ON)[0]
        with transaction():
            db.session.get_one(Person, director).active = False

        assert director not in queries.holders("QA_DIRECTOR", on=ON)

    def test_units_below_are_found_however_deep(self):
        assert {"QLP", "OFF-JWC", "SEC-JW1"} <= queries.units_below("QLP")
        assert "OFF-KYC" not in queries.units_below("OFF-JWC")

    def test_what_is_not_there_is_said_to_be_not_there(self):
        for ask in (queries.person, queries.unit, queries.subject):
            with pytest.raises(NotFound):
                ask("NIX")
