"""The web process: `flask ...` and any WSGI server find the application here."""

from app.application import create_app

app = create_app()
