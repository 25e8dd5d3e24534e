"""A person's own answers, for the desk and for the command 'access'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collector.bundle import Bundle
from collector.desk.works import ANSWERS_UNKNOWN, File, NotMade
from survey import records
from survey.phrases import said
from survey.records import Participation, Submission


class DeskAnswers:
    """Writes them as a page to read and print, in the languages in which they were given."""

    def page(
        self, kept: Sequence[Submission], participation: Participation | None, *, bundle: Bundle, moment: datetime
    ) -> File:
        from commands.exchanging import messages_if_any
        from exchange.context import Context
        from exchange.own_answers import own_answers

        context = Context(
            library=bundle.library,
            made=records.timestamp(moment),
            words=messages_if_any("pages"),
            papers=messages_if_any("papers"),
        )
        try:
            page = own_answers(kept, participation, context)
        except KeyError as error:
            raise NotMade(said(ANSWERS_UNKNOWN, name=str(error.args[0]))) from error
        number = f"-{participation.number}" if participation else ""
        return File(name=f"own-answers{number}.html", mimetype="text/html", content=page.encode())
