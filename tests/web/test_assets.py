import json

import pytest
from flask import Flask

from app.web.assets import asset_tags, built, serve_assets

MANIFEST = {
    "_shared.js": {"file": "assets/shared-1.js", "name": "shared", "css": ["assets/shared-1.css"]},
    "_deep.js": {"file": "assets/deep-1.js", "name": "deep"},
    "src/form.ts": {
        "file": "assets/form-1.js",
        "name": "form",
        "isEntry": True,
        "imports": ["_shared.js", "_deep.js"],
        "css": ["assets/form-1.css"],
    },
}


@pytest.fixture
def dist(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "assets/form-1.js").write_text("export {};" * 300)
    return tmp_path


def test_an_entry_brings_the_styles_and_preloads_of_what_it_imports(dist):
    assert asset_tags("form", dist).splitlines() == [
        '<link rel="stylesheet" href="/static/dist/assets/shared-1.css">',
        '<link rel="stylesheet" href="/static/dist/assets/form-1.css">',
        '<link rel="modulepreload" href="/static/dist/assets/shared-1.js">',
        '<link rel="modulepreload" href="/static/dist/assets/deep-1.js">',
        '<script type="module" src="/static/dist/assets/form-1.js"></script>',
    ]


def test_an_unknown_entry_names_those_there_are(dist):
    with pytest.raises(LookupError, match="the build has form"):
        asset_tags("fomr", dist)


def test_without_a_build_pages_still_stand(tmp_path):
    assert not built(tmp_path)
    assert "not built" in asset_tags("base", tmp_path)


def test_hashed_files_may_be_kept_for_ever(dist):
    app = Flask("sample", static_folder=None)
    serve_assets(app, dist)
    answer = app.test_client().get("/static/dist/assets/form-1.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_manifest_may_not(dist):
    app = Flask("sample", static_folder=None)
    serve_assets(app, dist)
    assert "immutable" not in app.test_client().get("/static/dist/manifest.json").headers["Cache-Control"]
