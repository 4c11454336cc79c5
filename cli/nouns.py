"""Numbers with their nouns, for lines that people read."""


def counted(number: int, one: str, several: str | None = None) -> str:
    """The number and the noun in its form: "1 event", "1,200 events".

    Args:
        number: 0 or more.
        one: The noun of one.
        several: Of any other number; None for an s after it.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
