"""The diagnosis points of each layer are the document's, in its order (R-131, R-138, R-147, R-153, R-160)."""

import pytest

from app.quality.standards import queries

POINTS = {
    "COLLEGE": "目标任务完成情况 执行力 工作成效 贡献 日常工作表现 满意度",
    "PROGRAMME": "在校生数 招生 就业 师资队伍 教科研 实验实训条件 教学资源建设使用 教师获奖 学生获奖 教学运行 技能比赛 社团建设 校企合作 社会服务能力",
    "COURSE": "适应度 教材使用 教学条件保障 师资队伍 资源建设与使用 改革成效 教学效果测评 学生学习达标率",
    "TEACHER": "基本职业素质 学历 学位 职称 所授课程 教科研能力 评教结果 培训进修 挂职锻炼 社会兼职 行业工作经历 社会服务能力 学生管理能力",
    "STUDENT": "思想政治表现 法律道德修养 身体素质 心理素质 与人合作 组织协调 社会适应 人生观 价值观 劳动态度 学习态度 专业知识与技能 专业拓展 创新创业",
}  # fmt: skip


@pytest.mark.parametrize("layer", POINTS)
def test_a_layer_diagnoses_the_documents_points_in_its_order(app, layer):
    found, wanted = [point.name_zh for point in queries.points_of(layer)], POINTS[layer].split()

    assert len(found) == len(wanted)
    assert [name for word, name in zip(wanted, found, strict=True) if word not in name] == []
