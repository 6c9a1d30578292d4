"""The weekly digest of heads and leaders."""


def test_on_monday_morning_each_head_and_leader_reads_of_his_units_once(college):
    college.confirms_goals()
    college.at("2026-09-07 07:59")
    assert len(college.mails("M23", to="E011")) == 1  # of week 1

    college.at("2026-09-07 08:00")
    college.at("2026-09-07 09:00")

    mine = college.mails("M23", to="E011")
    assert len(mine) == 2
    assert "教务处：上周自我诊改未交" in mine[-1].body
    leader = college.mails("M23", to="E003")[-1]
    assert "教务处" in leader.body
    assert "信息工程系" in leader.body
    assert "学生处" not in leader.body


def test_a_head_of_department_reads_of_the_layers_below(college):
    college.runs("STUDENT")
    college.at("2026-09-11 17:31")

    college.at("2026-09-14 08:00")

    body = college.mails("M23", to="E046")[-1].body
    assert "学生层面：上周应交 1，按时 0，未交 1；红色预警 0" in body
    assert "学生层面" not in college.mails("M23", to="E044")[-1].body


def test_there_is_no_digest_in_a_break(college):
    college.at("2027-01-25 09:00")

    before = len(college.mails("M23"))
    college.at("2027-02-01 09:00")

    assert len(college.mails("M23")) == before
