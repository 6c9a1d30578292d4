"""Board: which address leads to which room, and which rooms bring templates."""

from flask import Blueprint

from app.demo.pages import blueprint as demo
from app.inbox.extras import EXTRAS
from app.inbox.pages import blueprint as inbox
from app.notifications.pages import blueprint as notifications
from app.procedures.pages import blueprint as procedures
from app.quality.assessment.pages import blueprint as assessment
from app.quality.cycles.pages import blueprint as launches
from app.quality.goals.pages import blueprint as goals
from app.quality.monitoring.limits_pages import blueprint as limits
from app.quality.monitoring.pages import blueprint as monitoring
from app.quality.rectification import pages as rectification
from app.quality.results.pages import blueprint as results
from app.quality.review.meeting_pages import blueprint as meetings
from app.quality.review.pages import blueprint as review
from app.quality.standards.pages import blueprint as standards
from app.reports.chain_pages import blueprint as organisation
from app.reports.documents.pages import blueprint as documents
from app.reports.forecast_pages import blueprint as forecast
from app.reports.pages import blueprint as overview
from app.reports.subjects.pages import blueprint as subjects
from app.security.pages import blueprint as security
from app.web.pages import blueprint as web

ADDRESSES: list[tuple[str, Blueprint]] = [
    ("", web),
    ("", security),
    ("", inbox),
    ("/procedures", procedures),
    ("/overview", overview),
    ("/subjects", subjects),
    ("/launches", launches),
    ("/goals", goals),
    ("/standards", standards),
    ("/standards/bindings", limits),
    ("/warnings", monitoring),
    ("/assessments", assessment),
    ("/orders", rectification.blueprint),
    ("/orders", review),
    ("/meetings", meetings),
    ("/results", results),
    ("/organisation", organisation),
    ("/documents", documents),
    ("/forecast", forecast),
    ("/mails", notifications),
    ("/demo", demo),
]

ROOMS_WITH_TEMPLATES = [
    "security",
    "inbox",
    "procedures",
    "notifications",
    "escalation",
    "quality/standards",
    "quality/goals",
    "quality/monitoring",
    "quality/cycles",
    "quality/assessment",
    "quality/rectification",
    "quality/review",
    "quality/results",
    "reports",
    "demo",
]

# Buttons of other rooms on a task's page, by procedure and node.
EXTRAS[("rectification", "submit")] = rectification.extension_button
