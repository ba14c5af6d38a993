"""The sentences of stored promotion messages: why a run's gates allow an alias, or do not."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "promotion.voting_invalid": text(
            _("The voting of this run is invalid, so it is no evidence. Compare in a new run.")
        ),
        "promotion.no_votes_yet": text(
            _("This run has no votes yet. Promote its candidate after the voting.")
        ),
        "promotion.given_up": text(
            _("This run was closed before the voting, so it is no evidence. Use another run.")
        ),
        "promotion.nothing_counted": text(
            _("This run was closed without a counted example, so it is no evidence.")
        ),
        "promotion.gates_failed": text(
            ngettext_lazy("This gate failed: %(gates)s.", "These gates failed: %(gates)s.", "count")
        ),
        "promotion.gates_not_passed": text(
            ngettext_lazy(
                "This gate has not passed yet: %(gates)s.",
                "These gates have not passed yet: %(gates)s.",
                "count",
            )
        ),
        "promotion.give_override_reason": text(
            _("To promote anyway, give a reason for the override. A second lead must sign it.")
        ),
        "promotion.shadow_needs_no_gate": text(
            _("A shadow answers no customer, so no gate has to pass.")
        ),
        "promotion.no_gate_failed": text(_("No gate has failed, which is enough for a canary.")),
        "promotion.all_gates_passed": text(_("All required gates have passed.")),
    }
)
