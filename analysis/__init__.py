"""What changed: a dataset in; scores, change, outcomes and a protected report out. No Flask, no store."""


class AnalysisError(ValueError):
    """The material or the place to write cannot be used. The message says in plain words what to do.

    It stands here so that a command can catch it without loading pandas.
    """
