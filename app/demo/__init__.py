"""A made-up college to try the product on: its data, its accounts, its clock.

Nothing here exists in a real college's database; the clock's control is
refused there. The data are 清岚职业技术学院, all of it invented.
"""

from flask import Flask

from app.demo import clock


def follow_the_demo_clock(app: Flask) -> None:
    """Let every request live on the demo's day."""
    app.before_request(lambda: clock.follow(app))
