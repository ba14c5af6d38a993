"""The sentences of jobs of every kind."""

from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "jobs.lost": text(
            ngettext_lazy(
                "The worker was lost. Try again.",
                "%(attempts)s workers were lost one after the other. Try again.",
                "attempts",
            )
        ),
    }
)
