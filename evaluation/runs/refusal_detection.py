"""Whether an answer declines to help: a simple detector by phrases. Pure.

It looks for a first-person refusal in the opening of an answer, in English, Italian, German,
Spanish and Dutch. It is meant for the share of refusals of a run, not for a single verdict: an
answer that declines one thing and helps with another counts as a refusal, an unusual wording is
missed. docs/runs.md says so beside the figure.
"""

import re

OPENING_CHARACTERS = 240
"""A refusal is at the beginning; later "cannot" is usually part of an explanation."""

_PHRASES = (
    # English
    r"\bi(?: am|['’]m) (?:sorry|afraid),? (?:but )?(?:i|we) (?:can(?:no|['’])t|am not able|"
    r"['’]m not able|am unable|are unable|won['’]t|will not|do not|don['’]t)\b",
    r"\b(?:i|we)(?:['’]m| am|['’]re| are)? (?:cannot|can['’]t|can not|could not|couldn['’]t|"
    r"won['’]t|will not|not able to|unable to|not allowed to) "
    r"(?:\w+ )?(?:help|assist|provide|share|give|answer|do that|comply|process|discuss|"
    r"offer|advise|support|disclose|fulfil|fulfill)",
    r"\bi must (?:decline|refuse)\b",
    # Italian
    r"\bnon (?:posso|possiamo|sono in grado di|siamo in grado di) "
    r"(?:\w+ )?(?:aiutar|assister|fornir|condivider|rispond|dar|comunicar|procede|offrir|consigli)",
    r"\bdevo (?:declinare|rifiutare)\b",
    # German
    r"\b(?:(?:ich|wir) (?:kann|können|darf|dürfen|werde|werden)|"
    r"(?:kann|können|darf|dürfen|werde|werden) (?:ich|wir)) (?:\w+,? ){0,6}?"
    r"(?:nicht|keine?n?) (?:\w+,? ){0,6}?"
    r"(?:helfen|weiterhelfen|geben|mitteilen|beantworten|weitergeben|anbieten|unterstützen|beraten)",
    # Spanish
    r"\bno (?:puedo|podemos|me es posible|nos es posible) "
    r"(?:\w+ )?(?:ayudar|asistir|proporcionar|compartir|responder|dar|facilitar|ofrecer|aconsejar)",
    r"\bdebo (?:declinar|rechazar)\b",
    # Dutch
    r"\b(?:(?:ik|wij|we) (?:kan|kunnen|mag|mogen|zal|zullen)|"
    r"(?:kan|kunnen|mag|mogen|zal|zullen) (?:ik|wij|we)) (?:\w+,? ){0,6}?"
    r"(?:niet|geen) (?:\w+,? ){0,6}?"
    r"(?:helpen|geven|delen|beantwoorden|verstrekken|bieden|adviseren|ondersteunen)",
)
# Each phrase begins with a word that begins with one of these letters: elsewhere none is tried.
_REFUSAL = re.compile(rf"\b(?=[dikmnwz])(?:{'|'.join(_PHRASES)})")  # words: ok, of the model
# A part of each phrase: most openings have none, and to look for all phrases takes thrice as long.
_HINT = re.compile(
    "not|n['’]t|unable|declin|refuse|poss?[io]|grado|rifiut|nicht|kein|puedo|podemos|rechaz|niet|geen"
)
# So many characters mostly hold the opening, without the white space that is left out.
_ENOUGH = OPENING_CHARACTERS + 80


def is_refusal(text: str) -> bool:  # words: ok, a refusal of the model
    """Return whether the opening of an answer declines to help."""
    opening = " ".join(text[:_ENOUGH].casefold().split())
    if len(opening) <= OPENING_CHARACTERS < len(text):
        opening = " ".join(text.casefold().split())
    opening = opening[:OPENING_CHARACTERS]
    return bool(_HINT.search(opening) and _REFUSAL.search(opening))
