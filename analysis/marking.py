"""Marking sentences for the message catalogues where they are written; `analysis.wording` translates them."""


def N_(message: str) -> str:
    """The message itself; the extraction of messages looks for this name."""
    return message
