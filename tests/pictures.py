"""Make README.md's pictures from the running product: `python -m tests.pictures`.

Prepares a demo college in a temporary folder, serves it on this machine and
photographs its pages into `.readme/`.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from app import engine
from app.application import create_app
from app.demo import serving
from app.foundation.db import db
from tests.doors import CHROMIUM, FLAGS, served

TARGET = Path(__file__).resolve().parent.parent / ".readme"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main() -> None:
    """Write every picture anew."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(DATA_DIR=Path(folder), DEMO=True)
        with app.app_context():
            serving.prepare(app)
            late = _instance("rectification", subject="OFF-KYC")
            review = _task("review")
            weekly = _task("diagnose", subject="OFF-JWC")
            db.session.remove()
        with served(app) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            wide = browser.new_page(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai")
            _sign_in(wide, site, "201029")
            _shoot(wide, f"{site}/", "desk")
            _shoot(wide, f"{site}/overview", "overview")
            _shoot(wide, f"{site}/subjects/PG08", "subject")
            _shoot(wide, f"{site}/goals/", "goals")
            _shoot(wide, f"{site}/procedures/{late}", "instance")
            _shoot(wide, f"{site}/tasks/{review}", "task")
            phone = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
            _sign_in(phone, site, "201011")
            _shoot(phone, f"{site}/tasks/{weekly}", "phone")
            browser.close()


def _sign_in(page: Page, site: str, staff_no: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("工号或学号").fill(staff_no)
    page.get_by_label("密码").fill("zhengai")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{site}/")


def _shoot(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)  # diagrams zoom to where the instance stands
    page.screenshot(path=TARGET / f"{name}.png")


def _task(node: str, *, subject: str | None = None) -> int:
    query = select(engine.HumanTask.id).where(
        engine.HumanTask.node == node, engine.HumanTask.state == engine.TaskState.OPEN
    )
    if subject:
        query = query.where(engine.HumanTask.subject == subject)
    return db.session.scalars(query).first()


def _instance(key: str, *, subject: str) -> int:
    return db.session.scalars(
        select(engine.ProcessInstance.id)
        .join(engine.ProcessDefinition)
        .where(engine.ProcessDefinition.key == key, engine.ProcessInstance.subject == subject)
    ).first()


if __name__ == "__main__":
    main()
