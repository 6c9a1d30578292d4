"""The review and its loop: assigned views, a gateway, a timeout on the rectification."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.models import Process


def owner(activation: Any) -> User:
    return User.objects.get(pk=activation.process.data["owner"])


def delay(activation: Any) -> timedelta:
    return timedelta(seconds=activation.process.data.get("timer_seconds", 14 * 86_400))


class Answer(forms.ModelForm):
    """What is typed into a task, as one field."""

    body = forms.JSONField()

    class Meta:
        model = Process
        fields: list[str] = []

    def save(self, commit: bool = True) -> Process:
        self.instance.data.update(self.cleaned_data["body"])
        return super().save(commit)


answering = UpdateProcessView.as_view(form_class=Answer)


class _Begun(flow.Flow):
    process_class = Process
    lock_impl = lock.no_lock if "sqlite" in settings.DATABASES["default"]["ENGINE"] else lock.select_for_update_lock

    def begin(self, activation: Any, data: dict[str, Any]) -> Process:
        activation.process.data = data
        return activation.process


class ReviewFlow(_Begun):
    start = flow.StartHandle(this.begin).Next(this.goals)
    goals = flow.View(answering).Assign(owner).Next(this.self_diagnosis)
    self_diagnosis = flow.View(answering).Assign(owner).Next(this.gateway)
    gateway = flow.If(lambda act: act.process.data.get("needs_rectification")).Then(this.assess).Else(this.end)
    assess = flow.View(answering).Assign(owner).Next(this.rectify)
    rectify = flow.View(answering).Assign(owner).OnTimeout(delay, this.end_late).Next(this.verify)
    verify = flow.View(answering).Assign(owner).Next(this.end)
    end = flow.End()
    end_late = flow.End()


class LoopFlow(_Begun):
    start = flow.StartHandle(this.begin).Next(this.goals)
    goals = flow.View(answering).Assign(owner).Next(this.self_diagnosis)
    self_diagnosis = flow.View(answering).Assign(owner).Next(this.gateway)
    gateway = flow.If(lambda act: act.process.data.get("again")).Then(this.self_diagnosis).Else(this.end)
    end = flow.End()
