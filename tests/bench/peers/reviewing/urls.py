"""The review's pages, as viewflow makes them."""

from django.urls import path
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from tests.bench.peers.reviewing.flows import ReviewFlow

urlpatterns = [path("", Site(title="bench", viewsets=[FlowAppViewset(ReviewFlow, icon="task")]).urls)]
