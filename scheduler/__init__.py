"""The clock process: everything that happens by itself.

`timetable` says what and how often; `__main__` runs it as a process of its
own; the demo server starts the same ticker inside the web process. Exactly one
scheduler runs on a database at a time, and two would do no harm: every job
works off rows that are claimed in a transaction.
"""
