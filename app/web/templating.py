"""Where templates come from: each room keeps its own, under its own name.

`inbox/desk.html` is `app/inbox/templates/desk.html`; a nested room is named by
its last part, so `goals/plan.html` is `app/quality/goals/templates/plan.html`.
"""

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, request
from jinja2 import BaseLoader, FileSystemLoader, PrefixLoader, StrictUndefined

from app.web import assets, bullet, explained, formatting

APP = Path(__file__).resolve().parent.parent


def use_room_templates(app: Flask, rooms: Iterable[str], root: Path = APP) -> None:
    """Find templates by room, and fail on every name a view forgot to pass.

    `rooms` are paths below `app/`: `inbox`, `quality/goals`. The room `web` is
    always there. Two rooms with the same last part are a ValueError.
    """
    loaders: dict[str, BaseLoader] = {"web": FileSystemLoader(APP / "web" / "templates")}
    for room in rooms:
        name = room.rstrip("/").rsplit("/", 1)[-1]
        if name in loaders:
            if room == "web":
                continue
            raise ValueError(f"two rooms are called {name!r}: {room}")
        loaders[name] = FileSystemLoader(root / room / "templates")
    app.jinja_loader = PrefixLoader(loaders)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _furnish(app)


def _furnish(app: Flask) -> None:
    """Give every template the shared filters and safe defaults for the shell."""
    formatting.register(app)
    app.jinja_env.globals["asset_tags"] = assets.asset_tags
    app.jinja_env.globals["assets_built"] = assets.built
    app.jinja_env.globals["page_theme"] = page_theme
    app.jinja_env.globals["bullet_geometry"] = bullet.geometry
    app.jinja_env.globals["calendar_cells"] = explained.calendar_cells
    # A room's context processor gives the real ones; a page without them still stands.
    app.jinja_env.globals.setdefault("shell", {})
    app.jinja_env.globals.setdefault("navigation", list)
    app.jinja_env.globals.setdefault("csrf_token", str)


def page_theme() -> str:
    """Return the theme this browser last chose: `light` or `dark`."""
    return "dark" if request.cookies.get("theme") == "dark" else "light"
