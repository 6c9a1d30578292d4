from flask import Flask

from app.web.headers import add_security_headers, relax_styles


def test_scripts_come_from_this_site_only(client):
    policy = client.get("/desk").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_errors_carry_the_headers_too(client):
    headers = client.get("/nothing").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_by_the_browser(client):
    assert client.get("/desk").headers["Cache-Control"] == "no-store"


def test_only_the_designers_page_is_relaxed():
    app = Flask("sample")
    add_security_headers(app)
    app.add_url_rule("/modeler", view_func=relax_styles(elements=True)(lambda: "modeler"), endpoint="modeler")
    app.add_url_rule("/desk", view_func=lambda: "desk", endpoint="desk")
    client = app.test_client()
    assert "style-src 'self' 'unsafe-inline'" in client.get("/modeler").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in client.get("/desk").headers["Content-Security-Policy"]
