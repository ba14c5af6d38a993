"""Days on which OpenAI shuts down base models, and what is tuned on them. Pure.

Source: OpenAI's page of deprecations, as read on `READ_ON`. Other services that serve them have
calendars of their own.
"""

from datetime import date

READ_ON = date(2026, 11, 27)
WARN_DAYS = 60
OPENAI_SHUTDOWNS = {
    name: date(2027, 1, 14)
    for name in (
        "gpt-4o-2024-08-06",
        "gpt-4o-mini-2024-07-18",
        "gpt-4.1-2025-04-14",
        "gpt-4.1-mini-2025-04-14",
    )
}
