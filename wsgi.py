"""The web process: `flask ...` and any WSGI server find the application here."""

from app.application import create_app
from app.foundation import memory

app = create_app()
memory.settle()
