"""The built front end: tags for an entry, and the files themselves."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup, escape
from whitenoise import WhiteNoise

DIST = Path(__file__).resolve().parent / "static" / "dist"
URL = "/static/dist"


def built(dist: Path = DIST) -> bool:
    """Tell whether the front end has been built; pages stand without it and say so."""
    return (dist / "manifest.json").is_file()


def asset_tags(entry: str, dist: Path = DIST) -> Markup:
    """Return the link and script tags of one entry (`base`, `viewer`, `form`).

    Styles and preloads of everything the entry imports come first. Without a
    build this is a comment; the base template shows the reader what to do. An
    entry that the build does not have is a LookupError naming those it has.
    """
    if not built(dist):
        return Markup("<!-- the front end is not built -->")
    path = dist / "manifest.json"
    return _tags(entry, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _tags(entry: str, path: Path, changed: int) -> Markup:
    manifest: dict[str, Any] = json.loads(path.read_text())
    entries = {chunk["name"]: key for key, chunk in manifest.items() if chunk.get("isEntry")}
    if entry not in entries:
        raise LookupError(f"no front-end entry {entry!r}; the build has {', '.join(sorted(entries))}")
    styles, imports = _closure(manifest, entries[entry])
    lines = [f'<link rel="stylesheet" href="{URL}/{escape(style)}">' for style in styles]
    lines += [f'<link rel="modulepreload" href="{URL}/{escape(file)}">' for file in imports]
    lines.append(f'<script type="module" src="{URL}/{escape(manifest[entries[entry]]["file"])}"></script>')
    return Markup("\n".join(lines))


def _closure(manifest: dict[str, Any], entry: str) -> tuple[list[str], list[str]]:
    """Return the styles and the imported files of an entry, each once, deepest first."""
    styles: dict[str, None] = {}
    imports: dict[str, None] = {}
    seen = set()

    def visit(key: str) -> None:
        if key in seen:
            return
        seen.add(key)
        for used in manifest[key].get("imports", []):
            visit(used)
            imports[manifest[used]["file"]] = None
        styles.update(dict.fromkeys(manifest[key].get("css", [])))

    visit(entry)
    return list(styles), list(imports)


def serve_assets(app: Flask, dist: Path = DIST) -> None:
    """Serve the built files with compression; hashed names may be kept for ever."""
    if not dist.is_dir():
        return
    files = WhiteNoise(app.wsgi_app, autorefresh=app.debug, immutable_file_test=lambda path, url: "/assets/" in url)
    files.add_files(str(dist), prefix=URL)
    app.wsgi_app = files  # type: ignore[method-assign]
