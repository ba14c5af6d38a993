"""A file of made-up support conversations of about 300 tokens, the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

WORDS = {
    "en": "the order arrived late and one of the boots has a broken sole so please tell me how I "
    "can return it within your refund window or whether an exchange for another size is possible "
    "before the weekend because I need them for a journey with my family next month thank you",
    "de": "die Bestellung kam zu spät an und bei einem der Stiefel ist die Sohle gebrochen also "
    "sagen Sie mir bitte wie ich sie zurücksenden kann oder ob ein Umtausch gegen eine andere "
    "Größe vor dem Wochenende möglich ist weil ich sie für eine Reise mit der Familie brauche",
    "it": "il pacco è arrivato tardi e uno degli stivali ha la suola rotta quindi vi prego di "
    "dirmi come posso restituirlo entro i termini del rimborso oppure se è possibile un cambio "
    "con un altra misura prima del fine settimana perché mi servono per un viaggio",
    "es": "el pedido llegó tarde y una de las botas tiene la suela rota así que dígame por favor "
    "cómo puedo devolverla dentro del plazo de reembolso o si es posible un cambio por otra talla "
    "antes del fin de semana porque las necesito para un viaje con mi familia el mes que viene",
    "nl": "de bestelling kwam te laat aan en van een van de laarzen is de zool gebroken dus zeg "
    "mij alstublieft hoe ik ze kan terugsturen binnen de termijn of dat ruilen voor een andere "
    "maat mogelijk is voor het weekend omdat ik ze nodig heb voor een reis met mijn familie",
}
INTENTS = ["returns", "refunds", "delivery", "billing", "sizing", "warranty", "account", "other"]
SYSTEM = "You answer customers of a shop. Be brief, be kind, and promise nothing you cannot keep."
# One customer in eight leaves something that has to be found.
PERSONAL = [
    "My address is {name}.{number}@example.com.",
    "Call me at (212) 555-{number:04d}.",
    "The card was 4111 1111 1111 1111.",
    "My IBAN is DE89 3704 0044 0532 0130 00.",
]


def write_conversations(path: Path, count: int, *, seed: int = 7) -> None:
    """Write `count` conversations as JSON lines."""
    draw = random.Random(seed)  # noqa: S311 - made-up text, no secret.
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps(_conversation(draw, number), ensure_ascii=False) + "\n")


def _conversation(draw: random.Random, number: int) -> dict[str, object]:
    language = draw.choice(sorted(WORDS))
    return {
        "messages": list(_messages(draw, WORDS[language].split(), number)),
        "intent": draw.choice(INTENTS),
        "tags": draw.sample(["refusal", "ambiguous", "multi-turn", "policy"], k=draw.randint(0, 2)),
        "external_id": f"crm-{number}",
        **({"language": language} if number % 2 else {}),
    }


def _messages(draw: random.Random, words: list[str], number: int) -> Iterator[dict[str, str]]:
    yield {"role": "system", "content": SYSTEM}
    for turn in range(3):
        asked = _sentences(draw, words, 30)
        if turn == 0:
            asked += f" It is about order {10_000_000 + number}."
        if turn == 1 and draw.random() < 1 / 8:
            asked += " " + draw.choice(PERSONAL).format(name="anna", number=number % 10_000)
        yield {"role": "user", "content": asked}
        yield {"role": "assistant", "content": _sentences(draw, words, 33)}


def _sentences(draw: random.Random, words: list[str], count: int) -> str:
    half = count // 2
    parts = [" ".join(draw.choices(words, k=size)) for size in (half, count - half)]
    return " ".join(f"{part.capitalize()}." for part in parts)
