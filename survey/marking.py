"""One name: `_` marks a sentence for the message catalogues. The page that shows it translates it."""


def _(message: str) -> str:
    return message
