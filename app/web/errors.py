"""What the reader sees when something cannot be done: what, where, and what to do next.

Programs and page scripts get `{code, message, problems}` in JSON; people get a
page in the usual frame. Unknown exceptions are logged and answer 500 without
details.
"""

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue, ResponseValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.foundation.errors import AppError
from app.web.i18n import translated as _

KEPT_HEADERS = {"allow", "retry-after"}


def register_error_pages(app: Flask) -> None:
    """Answer every error from here. Flask turns an unknown exception into a 500 first, and lets it through in tests."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)


def wants_json() -> bool:
    """Tell whether a script is asking rather than a person with a page."""
    return (
        request.path.startswith("/api/")
        or request.is_json
        or request.headers.get("HX-Request") == "true"
        or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def _app_error(error: AppError) -> ResponseReturnValue:
    return _answer(error.http_status, error.code, str(error), error.problems)


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    return _answer(400, "csrf", _("页面打开太久，安全凭证已失效。请刷新页面后再提交；已暂存的内容不会丢失。"))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    body, status = _answer(error.code, f"http_{error.code}", _what(error.code) or error.description or error.name)
    return body, status, [(name, value) for name, value in error.get_headers() if name.lower() in KEPT_HEADERS]


def _answer(status: int, code: str, message: str, problems: dict[str, str] | None = None) -> tuple[ResponseValue, int]:
    problems = problems or {}
    if wants_json():
        return {"code": code, "message": message, "problems": problems}, status
    try:
        page = render_template(
            "web/error.html",
            status=status,
            title=_title(status),
            message=message,
            problems=problems,
            next_step=_next_step(status),
        )
    except Exception:
        # The frame asks the database for names and counts: when that is what broke, plain words remain.
        if status < 500:
            raise
        current_app.logger.exception("the error page itself failed")
        page = f"<!doctype html><title>{_title(status)}</title><h1>{_title(status)}</h1><p>{message}</p>"
    return page, status


def _title(status: int) -> str:
    return {
        400: _("请求没有被接受"),
        401: _("请先登录"),
        403: _("这件事不由您办理"),
        404: _("没有找到"),
        405: _("不能这样访问"),
        409: _("状态已经变了"),
        413: _("文件太大"),
        422: _("内容需要修改"),
        429: _("操作太频繁"),
        500: _("系统出错了"),
    }.get(status, _("没有办成"))


def _what(status: int) -> str:
    return {
        401: _("您还没有登录，或登录已经过期。"),
        403: _("您可以看到它，但这一步由别人办理。"),
        404: _("这个地址没有内容，或者您无权查看。"),
        405: _("这个地址不接受这种操作。"),
        413: _("上传的文件超过了允许的大小。"),
        429: _("短时间内操作太多，请稍等片刻再试。"),
        500: _("系统内部出错，已经记录下来。您的数据没有被改动。"),
    }.get(status, "")


def _next_step(status: int) -> str:
    return {
        400: _("返回上一页，刷新后再试。"),
        401: _("登录后会回到这一页。"),
        403: _("需要办理时，请联系当前办理人，或请其转办给您。"),
        404: _("核对地址或编号，或从工作台重新进入。"),
        409: _("返回上一页并刷新，查看最新状态后再决定。"),
        422: _("返回上一页，按提示修改后再提交；已填内容仍在。"),
        500: _("请稍后再试；若一再出现，请告诉管理员出错的时间和页面。"),
    }.get(status, _("返回上一页再试。"))
