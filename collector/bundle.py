"""The bundle that `mittari build` wrote for the collector: the library, the messages and the names of assets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from survey.frozen import dataclass
from survey.model import Instrument, Library, Service, Services, Site, from_data
from survey.notices import SharedNotices
from survey.pages import Assets, Messages, Page, QuestionPage

FORMAT = 2
HEAD = "build.json"


class BundleError(Exception):
    """The bundle cannot be used; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Everything that the collector knows of instruments, services and pages. `build` is shared with the site."""

    build: str
    library: Library
    messages: Mapping[str, Messages]
    assets: Assets
    notices: SharedNotices

    def language(self, wanted: str) -> str:
        """The language if the site has it, else the site's first."""
        return wanted if wanted in self.messages else self.library.site.languages[0]

    def page(self, language: str, *, root: str = "../") -> Page:
        """What a page in a language needs."""
        return Page(
            library=self.library, language=language, messages=self.messages[language], assets=self.assets, root=root
        )

    def question_page(
        self, instrument: Instrument, wave: str, language: str, service: Service | None = None, *, root: str = "../"
    ) -> QuestionPage:
        """What a questionnaire in a language needs."""
        return QuestionPage(
            library=self.library,
            language=language,
            messages=self.messages[language],
            assets=self.assets,
            root=root,
            instrument=instrument,
            wave=wave,
            service=service,
        )


class _Instruments(Mapping[str, Instrument]):
    """Instruments by their keys, each read when it is first asked for: a process that has just started needs one of
    them to answer, and reading them all takes longer than everything else in the bundle."""

    def __init__(self, folder: Path) -> None:
        self._files = {_instrument_key(path): path for path in sorted(folder.iterdir())}
        self._read: dict[str, Instrument] = {}

    def __getitem__(self, key: str) -> Instrument:
        if key not in self._read:
            self._read[key] = from_data(Instrument, json.loads(self._files[key].read_text()))
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _instrument_key(path: Path) -> str:
    """`service@2` of `service.v2.json`, which `build` writes."""
    id, _, version = path.stem.rpartition(".v")
    return f"{id}@{int(version)}"


def read_bundle(folder: Path) -> Bundle:
    """The bundle in a folder. Raises BundleError."""
    try:
        head = json.loads((folder / HEAD).read_text())
        if head["format"] != FORMAT:
            raise BundleError(f"The bundle '{folder}' is of another version of Mittari. Build it again: mittari build")
        bundle = Bundle(
            build=head["build"],
            library=Library(
                site=from_data(Site, json.loads((folder / "site.json").read_text())),
                services=from_data(Services, json.loads((folder / "services.json").read_text())),
                instruments=_Instruments(folder / "instruments"),
                drafts=tuple(head["drafts"]),
            ),
            messages=json.loads((folder / "messages.json").read_text()),
            assets=from_data(Assets, head["assets"]),
            notices=from_data(SharedNotices, json.loads((folder / "notices.json").read_text())),
        )
        if missing := set(bundle.library.site.languages) - set(bundle.messages):
            raise ValueError(f"no messages in {', '.join(sorted(missing))}")
        return bundle
    except FileNotFoundError:
        raise BundleError(f"There is no bundle in '{folder}'. Make it with: mittari build") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"The bundle '{folder}' cannot be read ({error}). Build it again: mittari build") from error


def check_drafts(bundle: Bundle) -> None:
    """Raises BundleError where some version is not locked: its questions may change, so answers would not last."""
    if drafts := bundle.library.drafts:
        raise BundleError(
            f"The bundle holds drafts, which are for trying out only: {', '.join(drafts)}. Lock them and build again "
            "(mittari lock --all, then mittari build), or try them out with: mittari serve --drafts"
        )


def check_site(folder: Path, bundle: Bundle) -> None:
    """Raises BundleError unless the pages in a folder come from the same build as the bundle."""
    try:
        build = json.loads((folder / HEAD).read_text())["build"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BundleError(f"There are no pages in '{folder}'. Make them with: mittari build") from None
    if build != bundle.build:
        raise BundleError(f"The pages in '{folder}' and the bundle are of different builds. Build again: mittari build")
