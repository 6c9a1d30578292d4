"""The room's blueprint; `pages` (desk) and `task_pages` (one task) hang their doors in it."""

from flask import Blueprint

blueprint = Blueprint("inbox", __name__)
