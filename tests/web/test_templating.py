import pytest
from flask import Flask, render_template
from jinja2 import TemplateNotFound, UndefinedError

from app.web.i18n import set_up_languages
from app.web.templating import use_room_templates


def room(root, path, name, text):
    folder = root / path / "templates"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)


@pytest.fixture
def app(tmp_path):
    room(tmp_path, "inbox", "desk.html", "{{ greeting }} from the desk")
    room(tmp_path, "quality/goals", "plan.html", "the plan")
    app = Flask("sample", template_folder=None)
    app.secret_key = "sample"
    set_up_languages(app)
    use_room_templates(app, ["inbox", "quality/goals"], root=tmp_path)
    return app


def test_a_room_gives_its_templates_under_its_own_name(app):
    with app.test_request_context():
        assert render_template("inbox/desk.html", greeting="hello") == "hello from the desk"


def test_a_nested_room_is_named_by_its_last_part(app):
    with app.test_request_context():
        assert render_template("goals/plan.html") == "the plan"


def test_a_template_without_its_room_is_not_found(app):
    with app.test_request_context(), pytest.raises(TemplateNotFound):
        render_template("desk.html")


def test_a_name_the_view_forgot_is_an_error(app):
    with app.test_request_context(), pytest.raises(UndefinedError, match="greeting"):
        render_template("inbox/desk.html")


def test_two_rooms_of_the_same_name_are_refused(app, tmp_path):
    with pytest.raises(ValueError, match="goals"):
        use_room_templates(app, ["quality/goals", "sales/goals"], root=tmp_path)


def test_the_base_page_stands_without_a_shell(app):
    with app.test_request_context():
        html = render_template("web/base.html")
    assert '<html lang="zh-CN" data-bs-theme="light">' in html
    assert "诊改通" in html


def test_the_theme_comes_from_the_cookie(app):
    with app.test_request_context(headers={"Cookie": "theme=dark"}):
        assert 'data-bs-theme="dark"' in render_template("web/base.html")


def test_markup_in_data_stays_text(app, tmp_path):
    room(
        tmp_path,
        "evil",
        "x.html",
        "{% from 'web/macros.html' import timeline %}{{ timeline([{'name': name, 'opinion': name}]) }}",
    )
    use_room_templates(app, ["evil"], root=tmp_path)
    with app.test_request_context():
        assert "<script>" not in render_template("evil/x.html", name="<script>alert(1)</script>")
