"""Valid numbers for tests, made by the arithmetic of their check digits; none is anybody's."""

from hypothesis import strategies as st


def digits(count: int) -> st.SearchStrategy[str]:
    """Any `count` digits."""
    return st.text("0123456789", min_size=count, max_size=count)


def luhn_digit(number: str) -> str:
    """The digit that makes `number` pass Luhn's check."""
    total = 0
    for place, character in enumerate(reversed(number)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def iban(country: str, account: str) -> str:
    """The IBAN of an account: check digits by ISO 7064, modulo 97."""
    spelled = "".join(str(int(character, 36)) for character in account + country + "00")
    return f"{country}{98 - int(spelled) % 97:02}{account}"


def dni(number: str) -> str:
    """A Spanish DNI: the letter is the rest of a division by 23."""
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def nir(number: str) -> str:
    """A French NIR of 13 digits with its key."""
    return f"{number}{97 - int(number) % 97:02}"


def bsn(number: str) -> str | None:
    """A Dutch BSN of 8 given digits, if there is one."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number))
    rest = total % 11
    return None if rest == 10 or not total else number + str(rest)


def nhs(number: str) -> str | None:
    """A UK NHS number of 9 given digits, if there is one."""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(number)) % 11
    return None if check == 10 else number + str(check % 11)


def grouped(number: str, size: int, separator: str = " ") -> str:
    """Digits in groups, as they are printed on a card."""
    return separator.join(number[at : at + size] for at in range(0, len(number), size))
