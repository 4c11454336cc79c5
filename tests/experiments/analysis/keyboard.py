"""Text as a keyboard has it."""


def plain(text: str) -> str:
    """With spaces and signs that a keyboard has."""
    return text.replace("\u202f", " ").replace("\u2212", "-")
