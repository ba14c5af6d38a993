"""manage.py judge RUN --model NAME: ask an LLM judge about a run, or forecast what it costs."""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from evaluation.judge.actions import judging
from evaluation.judge.actions.judging import JudgePlan
from evaluation.judge.actions.naming import named_plan
from evaluation.judge.as_json import doubts_as_json, forecast_as_json, progress_as_json
from evaluation.judge.tasks import JUDGEMENTS
from evaluation.judge.terms import Caps, JudgeSampling
from evaluation.judge.texts import usd_of
from evaluation.management.lookup import find_run
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.errors import InvalidInput


class Command(TouchstoneCommand):
    """Forecasts the cost of a judge, then starts it; workers ask the model."""

    help = "Ask an LLM judge about every comparison of a run, in both orders."
    example = "manage.py judge first-look --model referee --cap 2.50 --dry-run"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the run, the model, the rubric and the caps."""
        parser.add_argument("name", metavar="RUN", help="the run's name")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a run")
        parser.add_argument("--model", metavar="NAME", required=True, help="the model that judges")
        parser.add_argument(
            "--rubric", type=int, metavar="N", help="version of the rubric (default: the latest)"
        )
        parser.add_argument("--cap", metavar="USD", help="stop at this cost in US dollars")
        parser.add_argument("--token-cap", type=int, metavar="N", help="stop at so many tokens")
        parser.add_argument(
            "--temperature", type=float, default=0.0, metavar="T", help="default %(default)s"
        )
        parser.add_argument(
            "--max-tokens",
            type=int,
            default=JudgeSampling.max_tokens,
            metavar="N",
            help="of a reply (default %(default)s)",
        )
        parser.add_argument(
            "--no-schema",
            action="store_true",
            help="ask for the reply in words instead of by a JSON schema",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="forecast the cost and start nothing"
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Forecast, then start."""
        found = find_run(options["name"], options["project"])
        plan = named_plan(
            found,
            model=options["model"],
            rubric=options["rubric"],
            sampling=JudgeSampling(
                temperature=options["temperature"],
                max_tokens=options["max_tokens"],
                uses_schema=not options["no_schema"],
            ),
            caps=Caps(_usd(options["cap"]), options["token_cap"]),
        )
        forecast, model = judging.forecast_judging(found, plan)
        cost = "unknown: the model has no prices"
        if forecast.usd is not None:
            cost = f"at most {usd_of(forecast.usd)}"
        self.print_text(
            f"{forecast.calls:,} calls; at most {forecast.tokens_in:,} tokens read and "
            f"{forecast.tokens_out:,} written; cost {cost}."
        )
        doubts = doubts_as_json(model, found)
        for doubt in doubts:
            self.print_text(f"Warning: {doubt['sentence']}")
        shown = {"run": found.name, "forecast": forecast_as_json(forecast), "doubts": doubts}
        started = None if options["dry_run"] else self._start(found.pk, plan)
        self.emit(shown | {"judge": started})

    def _start(self, run_id: int, plan: JudgePlan) -> dict[str, Any]:
        judge_run = judging.start_judging(run_id=run_id, plan=plan, actor=None)
        JUDGEMENTS.send_due()
        self.print_text(
            f"Judge {judge_run.pk} is started. Workers ask it; `win_rates` shows what it says."
        )
        return progress_as_json(judge_run)


def _usd(text: str | None) -> Decimal | None:
    try:
        usd = None if text is None else Decimal(text)
    except InvalidOperation:
        usd = Decimal("NaN")
    if usd is not None and not usd.is_finite():
        raise InvalidInput(f"“{text}” is no amount of US dollars. Write for example --cap 2.50.")
    return usd
