"""The second line: figures beside people's, out of every gate, and shown to no reviewer."""

import csv
import io
import json
import re
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from evaluation.judge.models import JudgeRun
from evaluation.judge.report import JudgeReport, build_judge_report, judge_line
from evaluation.results.actions import gates
from evaluation.results.reports import build_report, report_as_json
from evaluation.results.reports.as_json import report_for_evidence
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.stats.judge import prediction_powered
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, User
from reviewapp.web.api.assembly import api
from tests.evaluation.judge.samples import ERROR, FLIP, LOSS, SECRET, WIN, judged
from tests.factories.people import make_member
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
ONE, HALF, NIL = Fraction(1), Fraction(1, 2), Fraction(0)


def line_of(run: EvaluationRun) -> JudgeReport:
    found = judge_line(build_report(run))
    assert found is not None
    return found


def test_the_judges_figures_are_those_of_its_verdicts() -> None:
    run, (ann, _bob) = make_small_run(examples=6)
    judged(run, [WIN, WIN, LOSS, FLIP, ERROR, WIN])
    vote_in_order(run, ann, ["candidate", "baseline", "baseline"])
    found = line_of(run)
    row = found.overall
    # Five have a verdict in both orders: three wins, one loss, one flip that is a tie.
    assert row.judged == 5
    assert row.estimate == pytest.approx(0.7)
    assert (found.flips.share, found.flips.n) == (0.2, 5)
    # Of eleven decisive verdicts the first answer won in each win and loss once, in the flip twice.
    assert found.first.n == 11
    assert found.first.share == pytest.approx(7 / 11)
    assert (found.progress.total, found.progress.failed) == (12, 1)
    # People: win, loss, loss; judge: win, win, loss.
    assert row.agreement.units == 3
    assert row.agreement.value == pytest.approx(0.4)
    groups = [(ONE, ONE, 1), (NIL, ONE, 1), (NIL, NIL, 1)]
    # The mean over the whole queue, with one half where a verdict is missing.
    alpha, prior = found.report.settings.alpha, found.report.overall.counted.prior
    expected = prediction_powered(groups, Fraction(4, 6), alpha=alpha, prior=prior)
    assert row.combined == expected
    assert [intent.name for intent in found.intents] == ["returns"]
    assert found.intents[0].combined == expected


def test_nothing_is_combined_until_the_judge_has_finished() -> None:
    run, (ann, _bob) = make_small_run(examples=3)
    judge_run = judged(run, [WIN, WIN, LOSS])
    vote_in_order(run, ann, ["candidate"])
    assert line_of(run).overall.combined is not None
    for state in ("running", "stopped", "cancelled"):
        JudgeRun.objects.update(state=state)
        judge_run.refresh_from_db()
        shown = build_judge_report(build_report(run), judge_run)
        assert shown.overall.combined is None, state


def test_no_gate_no_decision_and_no_promotion_reads_a_judge() -> None:
    run, (ann, _bob) = make_small_run(examples=6)
    vote_in_order(run, ann, ["candidate", "baseline", "tie_good"])
    gates.measure_gates(run_id=run.pk)
    before = build_report(run)
    figures, evidence = report_as_json(before), report_for_evidence(before)
    judged(run, [LOSS, LOSS, LOSS, LOSS, LOSS, LOSS])
    after = gates.measure_gates(run_id=run.pk)
    assert after.evidence == before.evidence
    assert after.gates == before.gates
    assert report_as_json(after) == figures
    assert report_for_evidence(after) == evidence
    assert SECRET not in json.dumps(evidence)


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(user=user).secret}"}


def test_the_command_the_api_and_the_files_print_the_judge(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=3)
    lead = make_member(run.project, Role.LEAD)
    address = f"/api/v1/runs/{run.pk}/win-rates"
    assert client.get(address, headers=bearer(lead)).json()["judge"] is None
    judge_run = judged(run, [WIN, WIN, LOSS])
    vote_in_order(run, ann, ["candidate", "candidate"])
    out = StringIO()
    call_command("win_rates", run.name, "--json", stdout=out)
    printed = json.loads(out.getvalue())["judge"]
    assert client.get(address, headers=bearer(lead)).json()["judge"] == printed
    assert (printed["model"], printed["rubric"], printed["state"]) == (SECRET, 1, "done")
    assert printed["rubric_digest"] == judge_run.rubric.digest
    assert printed["overall"]["estimate"] == pytest.approx(2 / 3)
    assert printed["overall"]["with_people"]["n"] == 2
    client.force_login(lead)
    page = reverse("evaluation:run_figures_csv", args=[run.project.slug, run.pk])
    lines = list(csv.DictReader(io.StringIO(client.get(page).getvalue().decode())))
    assert [line["row"] for line in lines][-4:] == [*["judge"] * 2, *["judge_with_people"] * 2]
    replies = reverse("evaluation:judge_csv", args=[run.project.slug, run.pk, judge_run.pk])
    lines = list(csv.DictReader(io.StringIO(client.get(replies).getvalue().decode())))
    assert [(line["example"], line["first"], line["verdict"]) for line in lines][:2] == [
        ("1", "baseline", "candidate"),
        ("1", "candidate", "candidate"),
    ]
    assert lines[0]["reason"] == SECRET


def pages_of(judge_run: JudgeRun) -> dict[str, str]:
    run = judge_run.run
    args = [run.project.slug, run.pk]
    return {
        "judge": reverse("evaluation:judge", args=args),
        "run": reverse("evaluation:run", args=args),
        "csv": reverse("evaluation:judge_csv", args=[*args, judge_run.pk]),
        "replies": reverse("evaluation:judge_replies", args=[*args, judge_run.pk]),
        "replies_api": f"/api/v1/judges/{judge_run.pk}/replies",
        "figures": reverse("evaluation:run_figures_json", args=args),
        "table": reverse("evaluation:run_figures_csv", args=args),
        "api": f"/api/v1/runs/{run.pk}/win-rates",
    }


def test_a_lead_who_votes_sees_the_cost_and_no_verdict(client: Client) -> None:
    run, _people = make_small_run(examples=3)
    judge_run = judged(run, [WIN, WIN, ERROR])
    lead = make_member(run.project, Role.LEAD)
    Rater.objects.create(run=run, user=lead, name="lead")
    client.force_login(lead)
    pages = pages_of(judge_run)
    shown = client.get(pages.pop("judge"))
    assert shown.status_code == 200
    assert b"figures-title" not in shown.content
    assert b"replies" not in shown.content
    progress = client.get(f"/api/v1/runs/{run.pk}/judges", headers=bearer(lead)).json()
    assert not {"overall", "flips", "verdict"} & set(progress["items"][0])
    for name, address in pages.items():
        assert client.get(address, headers=bearer(lead)).status_code == 403, name


def test_no_operation_of_the_api_tells_voters_what_a_judge_replied(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=3)
    judge_run = judged(run, [WIN, WIN, LOSS])
    judge_run.judgements.update(reply='{"reason": "only-in-a-reply", "verdict": "A"}')
    lead = make_member(run.project, Role.LEAD)
    Rater.objects.create(run=run, user=lead, name="lead")
    named = {"{run_id}": run.pk, "{judge_id}": judge_run.pk, "{slug}": run.project.slug}
    asked = 0
    for path, methods in api.get_openapi_schema()["paths"].items():
        address = re.sub(r"\{\w+\}", lambda found: str(named.get(found[0], "1")), path)
        if "get" not in methods:
            continue
        asked += 1
        for person in (ann, lead):
            said = client.get(address, headers=bearer(person)).content.decode()
            assert "only-in-a-reply" not in said, path
            assert '"flip' not in said, path
    assert asked > 10
    outsider = bearer(make_member(run.project, Role.LEAD))
    address = f"/api/v1/judges/{judge_run.pk}/replies"
    assert "only-in-a-reply" in client.get(address, headers=outsider).content.decode()


def test_a_judge_that_follows_the_order_is_marked(client: Client) -> None:
    run, _people = make_small_run(examples=12)
    judge_run = judged(run, [FLIP] * 12)
    assert line_of(run).is_unsteady
    client.force_login(make_member(run.project, Role.LEAD))
    for name in ("run", "judge"):
        page = client.get(pages_of(judge_run)[name]).content.decode()
        assert "cannot tell them apart" in page
    judge_run.judgements.update(verdict="candidate")
    assert not line_of(run).is_unsteady


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANNOTATOR])
def test_a_judge_is_for_leads_alone(client: Client, role: Role) -> None:
    run, _people = make_small_run(examples=2)
    judge_run = judged(run, [WIN, WIN])
    member = make_member(run.project, role)
    client.force_login(member)
    args = [run.project.slug, run.pk, judge_run.pk]
    for name, address in pages_of(judge_run).items():
        assert client.get(address, headers=bearer(member)).status_code == 403, name
    assert client.get(reverse("evaluation:judge_progress", args=args)).status_code == 403
    assert client.get(reverse("evaluation:rubrics", args=args[:1])).status_code == 403
    assert client.get(f"/api/v1/runs/{run.pk}/judges", headers=bearer(member)).status_code == 403
    for name in ("act_on_judge", "resume_judge"):
        address = reverse(f"evaluation:{name}", args=args)
        assert client.post(address, {"act": "cancel"}).status_code == 403
    assert JudgeRun.objects.get().state == "done"
