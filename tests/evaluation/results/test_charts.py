"""The charts of a run: they end at the run's figures, and only those who may see them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluation.gates import GateSettings
from evaluation.results.actions import closing, raters
from evaluation.results.charts import overall_chart, run_charts, vote_chart
from evaluation.results.reports import build_report, courses
from evaluation.results.reports.courses import RowCourse, courses_of
from evaluation.results.reports.vote_days import RaterDays, votes_by_day
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_user
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
PAGES = ("run_charts", "run_overall_chart", "run_course_csv", "run_votes_csv")
VERDICTS = ["candidate", "tie_bad", "candidate", "baseline", "tie_good", "candidate"]


def voted_run(*, examples: int = 10, verdicts: list[str] | None = None) -> EvaluationRun:
    run, (ann, bob) = make_small_run(examples=examples, intents=("returns", "refunds"))
    given = verdicts or VERDICTS
    vote_in_order(run, ann, given[::2])
    vote_in_order(run, bob, given[1::2])
    return run


def rows_of(run: EvaluationRun) -> list[RowCourse]:
    found = courses_of(build_report(run))
    assert found is not None
    return [found.overall, *found.intents]


def assert_ends_at_the_figures(run: EvaluationRun) -> None:
    for row in rows_of(run):
        shown, last = row.row.figures, row.looks[-1]
        assert (last.n, last.estimate) == (shown.n, shown.estimate)
        assert (last.lower, last.upper) == (shown.lower, shown.upper)


def test_every_course_ends_at_the_figure_of_the_page() -> None:
    run = voted_run()
    assert_ends_at_the_figures(run)
    overall = rows_of(run)[0]
    assert [look.n for look in overall.looks] == [1, 2, 3, 4, 5, 6]


def test_a_course_grows_with_the_votes_and_keeps_its_earlier_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courses, "MAX_LOOKS", 3)
    run = voted_run()
    before = rows_of(run)[0].looks
    assert [look.n for look in before] == [2, 4, 6]
    vote_in_order(run, run.raters.all()[0].user, ["baseline"])  # type: ignore[arg-type]
    assert_ends_at_the_figures(run)
    after = rows_of(run)[0].looks
    assert [look.n for look in after] == [4, 7]
    assert after[0] == before[1]


def test_a_course_begins_anew_when_a_rater_was_removed() -> None:
    run = voted_run()
    rows_of(run)
    rater = run.raters.all()[0]
    raters.remove_rater(rater_id=rater.pk, rule="own_request", reason="Asked.", actor=None)
    report = build_report(run)
    found = courses_of(report)
    assert found is not None
    assert sum(look.n for look in found.overall.looks[-1:]) == report.overall.tally.n


def test_a_cached_course_that_misses_the_figure_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = voted_run()
    rows_of(run)
    monkeypatch.setattr(courses, "_key", lambda report: "one-key")
    other = voted_run(verdicts=["baseline"] * 6)
    rows_of(run)
    assert_ends_at_the_figures(other)


def test_the_example_of_a_crossing_is_a_look_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "MAX_LOOKS", 4)
    run = voted_run(examples=40, verdicts=["candidate"] * 19)
    found = courses_of(build_report(run))
    assert found is not None
    crossing = found.overall.crossing
    assert crossing is not None
    assert crossing.lower > GateSettings().t_overall
    chart = overall_chart(found).chart
    assert chart is not None
    (mark,) = chart.marks
    assert mark.url == f"#course-all-{crossing.n}"
    assert mark.x == pytest.approx(100 * crossing.n / 19, abs=0.01)


def test_the_main_chart_cuts_no_interval_and_labels_its_only_point() -> None:
    found = courses_of(build_report(voted_run(verdicts=["candidate"])))
    assert found
    chart = overall_chart(found)
    assert chart.chart
    assert [tick.label for tick in chart.chart.y_ticks][::5] == ["0 %", "100 %"]
    assert abs(chart.chart.label_y - chart.chart.last.y) <= 24
    assert chart.chart.label_anchor == "middle"
    # All of the first interval, which reaches from 0.9 % to 100 %, lies on the axis.
    assert chart.looks[0].lower < 0.02


def test_the_chart_over_time_follows_the_moments_at_which_examples_were_counted() -> None:
    run = voted_run()
    start = timezone.now() - timedelta(days=6)
    closed = Comparison.objects.filter(run=run, state="closed").order_by("position")
    for number, comparison in enumerate(closed):
        # The third was closed last, so the fourth counts only then.
        days = 5 if number == 2 else number
        Comparison.objects.filter(pk=comparison.pk).update(closed_at=start + timedelta(days=days))
    found = courses_of(build_report(run))
    assert found is not None
    times = [(look.at - start).days for look in found.overall.looks if look.at]
    assert times == [0, 1, 5, 5, 5, 5]
    overall, intents = run_charts(found, over_time=True)
    assert overall.chart is not None
    assert [dot.x for dot in overall.chart.dots] == [0, 20, 100, 100, 100, 100]
    assert len({intent.chart.x_ticks for intent in intents if intent.chart}) == 1


def test_the_work_does_not_grow_with_examples_or_intents(client: Client) -> None:
    numbers = []
    for examples, intents in ((8, ("a", "b")), (24, tuple("abcdefgh"))):
        run, (ann, bob) = make_small_run(examples=examples, intents=intents)
        vote_in_order(run, ann, ["candidate"] * (examples // 2))
        vote_in_order(run, bob, ["baseline"] * (examples // 2))
        client.force_login(make_member(run.project, Role.LEAD))
        address = reverse("evaluation:run_charts", args=[run.project.slug, run.pk])
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_votes_are_drawn_by_day_for_all_and_for_each_reviewer() -> None:
    found = votes_by_day(voted_run())
    (today,) = {day for rater in found for day in rater.days}
    assert [rater.votes for rater in found] == [3, 3]
    before = RaterDays(found[0].rater, {today - timedelta(days=2): 1, today: 2})
    drawn = vote_chart([before, found[1]])
    assert [n for _name, n in drawn.columns] == [1, 0, 5]
    assert [len(chart.columns) for _days, chart in drawn.raters] == [3, 3]


def test_a_long_run_is_drawn_in_columns_of_several_days_that_lose_no_vote() -> None:
    today = timezone.now().date()
    days = {today - timedelta(days=3 * number): 2 for number in range(100)}
    drawn = vote_chart([RaterDays(Rater(name="ann"), days)])
    assert len(drawn.columns) <= 60
    assert sum(n for _name, n in drawn.columns) == 200


@pytest.mark.parametrize("name", PAGES)
def test_charts_are_for_those_who_may_see_the_figures(client: Client, name: str) -> None:
    run = voted_run()
    project = run.project
    lead, voting_lead = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    Rater.objects.create(run=run, user=voting_lead, name="the lead")
    address = reverse(f"evaluation:{name}", args=[project.slug, run.pk])
    reviewer = run.raters.exclude(user=voting_lead)[0].user
    expected: list[tuple[User | None, int]] = [
        (lead, 200),
        (voting_lead, 403),
        (reviewer, 403),
        (make_member(project, Role.ANNOTATOR), 403),
        (make_user(), 404),
    ]
    for person, status in expected:
        client.force_login(person)  # type: ignore[arg-type]
        answer = client.get(address)
        assert answer.status_code == status
        if status == 403:
            assert " %" not in answer.content.decode()
    closing.close_run(run_id=run.pk, actor=None)
    client.force_login(voting_lead)
    assert client.get(address).status_code == 200


def test_an_unordered_run_has_no_course(client: Client) -> None:
    run = voted_run()
    EvaluationRun.objects.filter(pk=run.pk).update(unordered_votes=True)
    run.refresh_from_db()
    assert courses_of(build_report(run)) is None
    client.force_login(make_member(run.project, Role.LEAD))
    for name in PAGES:
        address = reverse(f"evaluation:{name}", args=[run.project.slug, run.pk])
        assert client.get(address).status_code == 200
