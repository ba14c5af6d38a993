"""The progress of the curation: it ends at the numbers of the queue, and counts what was done."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.curation.charts import curation_charts
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.throughput import CurationHistory, curation_history
from reviewapp.people.models import Role
from tests.datasets.curation.pages import signed_in
from tests.factories.examples import make_approved_example, make_example, make_example_in_review
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_the_last_day_has_the_numbers_of_the_queue_and_the_days_before_less() -> None:
    project = make_project()
    old = make_example(project)
    GoldenExample.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    for make in (make_example, make_example_in_review, make_approved_example):
        make(project)
    history = curation_history(project)
    assert history.states[-1] == GoldenExample.objects.filter(project=project).count_by_state()
    before = {state: int(state == State.DRAFT) for state in State}
    assert history.states[:-1] == [before] * 3
    today = history.days[-1]
    assert dict(history.submitted) == {today: 2}
    assert dict(history.approved) == {today: 1}


def test_the_columns_add_up_to_the_examples_that_are_not_retired() -> None:
    project = make_project()
    make_approved_example(project)
    make_example(project)
    charts = curation_charts(curation_history(project))
    _title, _left, _width, bars = charts.states.columns[-1]
    assert [bar.kind for bar in bars] == ["approved", "draft"]
    assert sum(bar.height for bar in bars) == pytest.approx(charts.states.height, abs=0.1)


def test_the_days_left_follow_the_pace_of_the_last_days() -> None:
    today = timezone.now().date()
    days = [today - timedelta(days=number) for number in range(19, -1, -1)]
    states = [dict.fromkeys(State, 0) | {State.DRAFT: 10, State.APPROVED: 90}] * len(days)
    # 14 in 14 days; what was approved before them is no pace.
    history = CurationHistory(days, states, {}, {days[0]: 50, days[-1]: 14})
    assert (history.in_work, history.days_left) == (10, 10)
    assert CurationHistory(days, states, {}, {days[0]: 50}).days_left is None


def test_a_project_without_examples_has_a_page() -> None:
    project = make_project()
    client = signed_in(make_member(project, Role.ANNOTATOR))
    for name in ("curation_progress", "curation_progress_csv"):
        address = reverse(f"datasets:{name}", args=[project.slug])
        assert client.get(address).status_code == 200
        assert signed_in(make_user()).get(address).status_code == 404


def test_the_queries_do_not_grow_with_the_examples() -> None:
    project = make_project()
    numbers = []
    for _ in range(2):
        for _ in range(3):
            make_example_in_review(project)
        with CaptureQueriesContext(connection) as queries:
            curation_history(project)
        numbers.append(len(queries))
    assert numbers == [3, 3]
