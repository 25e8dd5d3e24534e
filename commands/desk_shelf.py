"""The instruments' folder for the desk."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from collector.desk.works import Held, Look, Trouble
from collector.settings import Settings

if TYPE_CHECKING:
    from exchange.context import Context
    from preview.choosing import Say
    from preview.material import Material
    from preview.watching import Stamps
    from survey.model import Instrument


class DeskShelf:
    """Reads it with what the commands 'check', 'preview', 'convert' and 'diff' call: again whenever a file of it has
    changed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._lock = threading.Lock()
        self._stamps: Stamps | None = None
        self._material: Material | None = None

    @property
    def material(self) -> Material:
        """The folder as it is now; what has errors stays as it was when it last had none."""
        from preview.material import Material, renewed
        from preview.watching import stamps

        with self._lock:
            now = stamps(self._folder)
            if self._material is None or now != self._stamps:
                self._material = renewed(self._material or Material(folder=self._folder))
                self._stamps = now
            return self._material

    # --- what there is

    def held(self) -> Sequence[Held]:
        material = self.material
        services = material.services.services if material.services else ()
        asking = {
            key: tuple(service.id for service in services if key in service.instruments)
            for key in (one.key for one in material.instruments.values())
        }
        found = [self._held(material, file, one, asking[one.key]) for file, one in material.instruments.items()]
        return sorted(found, key=lambda one: (not one.services, one.key))

    def _held(self, material: Material, file: str, one: Instrument, services: tuple[str, ...]) -> Held:
        names = material.site.language_names if material.site else {}
        own = file if Path(file).suffix in (".yaml", ".yml") else ""
        return Held(
            key=one.key,
            title=one.title,
            respondent=one.respondent,
            languages=tuple((tag, names.get(tag, tag), tag in one.review) for tag in one.languages),
            waves=one.waves,
            items=sum(1 for _item in one.items()),
            dimensions=tuple(dimension.title for dimension in one.dimensions.values()),
            services=services,
            locked=one.key in material.locked,
            file=material.name(own) if own else "",
            problems=sum(p.severity == "error" and p.place.file == file for p in material.problems),
            path=next((path for path, place in material.places.items() if place.instrument.key == one.key), ""),
        )

    def troubles(self, language: str) -> Sequence[Trouble]:
        from build import read_messages
        from preview.material import quote

        words = read_messages(language, catalogue="problems")
        material = self.material
        found = []
        for problem in material.problems:
            quoted = quote(problem)
            at = (len(quoted.before), len(quoted.before) + len(quoted.marked)) if quoted else None
            text = f"{problem.sentence.say(words)} {problem.advice.say(words)}".rstrip()
            found.append(
                Trouble(
                    file=material.name(problem.place.file),
                    line=problem.place.line,
                    code=problem.code,
                    is_error=problem.severity == "error",
                    text=text,
                    marked=at,
                )
            )
        return sorted(found, key=lambda one: (not one.is_error, one.file, one.line))

    def lines(self, file: str) -> Sequence[str] | None:
        material = self.material
        shared = [str(path) for path in self._folder.iterdir() if material.is_shared(str(path))]
        known = {material.name(path): path for path in (*material.present, *shared)}
        path = known.get(file)
        if path is None or not Path(path).is_file():
            return None
        return Path(path).read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff").splitlines()

    # --- a look

    def look(self, asked: Mapping[str, str], language: str) -> Look | None:
        from preview import choosing

        material = self.material
        found = choosing.choose(material, asked, _say(language), language)
        if found.place is None:
            return None
        path, _mark, _query = found.path.partition("?")
        choices = {name: (picker.options, picker.value) for name, picker in found.pickers.items()}
        return Look(path=path, state=found.state, choices=choices)

    def page(self, path: str, state: str, language: str) -> str | None:
        from preview import choosing

        material = self.material
        return choosing.render(material, path, state, _say(language), self._today(material))

    def _today(self, material: Material) -> date:
        return datetime.now(ZoneInfo(material.site.time_zone) if material.site else None).date()

    def asset(self, path: str) -> bytes | None:
        return self.material.files.get(path)

    # --- to read

    def codebook(self, key: str, language: str) -> str | None:
        from exchange.codebook import html
        from exchange.papers import Paper

        material = self.material
        instrument = next((one for one in material.instruments.values() if one.key == key), None)
        if instrument is None or material.library is None:
            return None
        met = language if language in instrument.languages else instrument.languages[0]
        return html(Paper(instrument=instrument, context=self._context(material), language=met))

    def _context(self, material: Material) -> Context:
        from commands.exchanging import messages_if_any
        from exchange.context import Context

        assert material.library
        return Context(
            library=material.library,
            made=self._today(material).isoformat(),
            images=material.contents,
            recordings=material.contents,
            words=messages_if_any("pages"),
            papers=messages_if_any("papers"),
        )

    def compared(self, old: str, new: str, language: str) -> Sequence[tuple[int, str]] | None:
        from build import read_messages
        from survey.version_report import report
        from survey.versions import compare

        known = {one.key: one for one in self.material.instruments.values()}
        if old not in known or new not in known:
            return None
        words = read_messages(language, catalogue="problems")
        return [(line.indent, line.phrase.say(words)) for line in report(compare(known[old], known[new]))]

    # --- to print

    def paper_form(self, key: str, *, wave: str, language: str, service: str, large: bool) -> str | None:
        return self._printed("paper", key, wave=wave, language=language, service=service, large=large)

    def interview_script(self, key: str, *, wave: str, language: str, service: str, large: bool) -> str | None:
        return self._printed("interview", key, wave=wave, language=language, service=service, large=large)

    def _printed(self, format: str, key: str, *, wave: str, language: str, service: str, large: bool) -> str | None:
        """What 'convert' makes of a version as it is published: what is keyed in is asked in the same words."""
        from collector.bundle import read_bundle
        from commands.exchanging import contents, messages_if_any
        from exchange.context import Context
        from exchange.formats import EXPORTS
        from exchange.loss import ExchangeError

        library = read_bundle(self._settings.bundle).library
        instrument = library.instruments[key]
        context = Context(
            library=library,
            made=datetime.now(ZoneInfo(library.site.time_zone)).date().isoformat(),
            images=contents(instrument.images, self._folder),
            words=messages_if_any("pages"),
            papers=messages_if_any("papers"),
            languages=(language,),
            waves=(wave,),
            service=service,
            large=large,
            by_number=True,
        )
        try:
            files = EXPORTS[format].write(instrument, context).files
        except ExchangeError:
            return None
        return next(content.decode() for name, content in files.items() if name.endswith(".html"))


def _say(language: str) -> Say:
    from build import read_messages

    messages = read_messages(language, catalogue="preview")
    return lambda message, **values: messages[message].format(**values)
