"""The sentences of reports from service: what is wrong with one, and what was measured."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from evaluation.service_reports.judging import Kept, Measurement, ServiceFigure
from reviewapp.core.formats import NOTHING, count, decimal
from reviewapp.core.texts import register, stored_day, text

FIGURES: Mapping[ServiceFigure, Promise] = {
    ServiceFigure.P95: _("p95 latency"),
    ServiceFigure.COST: _("Cost of an answer"),
    ServiceFigure.REFUSALS: _("Refusals"),
    ServiceFigure.CSAT: _("Customer satisfaction (CSAT)"),
}
PERCENT = 100
KEPT: Mapping[Kept, Promise] = {
    Kept.PASSED: _("Limit kept"),
    Kept.FAILED: _("Beyond the limit"),
}


def milliseconds(value: float) -> str:
    """Return a time in whole milliseconds: "1,250 ms"."""
    # Translators: milliseconds.
    return gettext("%(number)s ms") % {"number": decimal(value, 0)}


def usd_of_an_answer(value: float | str) -> str:
    """Return what an answer costs: "$0.001250"."""
    return f"${decimal(float(value), 6)}"


def share(value: float) -> str:
    """Return a share with one decimal, so that a limit of 2.5 % is not read as 3: "2.5 %"."""
    return gettext("%(number)s %%") % {"number": decimal(PERCENT * value, 1)}


def shown_figure(figure: ServiceFigure, found: Measurement | None) -> str:
    """Return a figure for a table: "1,250 ms", "$0.001250", "2 % (20 of 1,000)", or a dash."""
    if found is None:
        return NOTHING
    if figure is ServiceFigure.P95:
        return milliseconds(found.value)
    if figure is ServiceFigure.COST:
        return usd_of_an_answer(found.value)
    # Translators: a share, and the numbers that it is of, such as "2 % (20 of 1,000)".
    return gettext("%(share)s (%(hits)s of %(n)s)") % {
        "share": share(found.value),
        "hits": count(found.hits or 0),
        "n": count(found.n),
    }


register(
    {
        "service.share": text(_("Enter a share between 0 and 100 percent, or nothing.")),
        "service.no_period": text(_("The period ends before it starts. Send an end after it.")),
        "service.not_over": text(_("The period is not over yet. Report it when it is.")),
        "service.no_answers": text(_("Send how many answers were given, at least 1.")),
        "service.more_refusals": text(
            _("More refusals than answers were sent. Both count the answers of the period.")
        ),
        "service.both_counts": text(_("Send ratings and satisfied together, or neither.")),
        "service.no_ratings": text(_("Without ratings, leave out both ratings and satisfied.")),
        "service.more_satisfied": text(
            _("More satisfied ratings than ratings were sent. The first are a part of the others.")
        ),
        "service.nothing_measured": text(
            _("Send at least one figure: p95_ms, usd, refusals, or ratings with satisfied.")
        ),
        "service.in_run": text(_("of its run")),
        "service.in_service": text(
            _("in service, %(starts)s to %(ends)s"), starts=stored_day, ends=stored_day
        ),
        "service.p95": text(
            ngettext_lazy(
                "p95 is %(value)s over %(n)s answer %(where)s.",
                "p95 is %(value)s over %(n)s answers %(where)s.",
                "n",
            ),
            value=milliseconds,
        ),
        "service.cost": text(
            ngettext_lazy(
                "The mean is %(value)s over %(n)s answer %(where)s.",
                "The mean is %(value)s over %(n)s answers %(where)s.",
                "n",
            ),
            value=usd_of_an_answer,
        ),
        "service.refusals": text(
            ngettext_lazy(
                "%(hits)s of %(n)s answer %(where)s refused (%(value)s).",
                "%(hits)s of %(n)s answers %(where)s refused (%(value)s).",
                "n",
            ),
            value=share,
        ),
        "service.csat": text(
            ngettext_lazy(
                "%(hits)s of %(n)s rating %(where)s was satisfied (%(value)s).",
                "%(hits)s of %(n)s ratings %(where)s were satisfied (%(value)s).",
                "n",
            ),
            value=share,
        ),
        "service.p95_limit": text(_("The limit of the project is %(limit)s."), limit=milliseconds),
        "service.cost_limit": text(
            _("The limit of the project is %(limit)s."), limit=usd_of_an_answer
        ),
        "service.refusals_limit": text(_("The limit of the project is %(limit)s."), limit=share),
        "service.csat_limit": text(_("The project wants at least %(limit)s."), limit=share),
        "service.no_limit": text(_("The project has set no limit.")),
        "service.too_few": text(_("At least %(n)s are needed to judge.")),
        "service.not_measured": text(_("Neither its run nor service has measured it yet.")),
        "service.not_reported": text(_("Service has reported no ratings yet.")),
    }
)
