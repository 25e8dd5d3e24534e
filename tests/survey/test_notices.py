"""Privacy notices and accessibility statements: what the law asks, in every language, and what nobody may promise."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import build as publishing
from survey import notices, pages, reading, strict_yaml
from survey.model import Conformance, Library, Site
from survey.notices import SharedNotices
from survey.problems import Problem
from tests.survey.test_reading import SERVICES, SITE

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = ("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so")
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def shared() -> SharedNotices:
    return publishing.shared_notices(LANGUAGES)


def written(site: Site, shared: SharedNotices, name: notices.NoticeName, language: str) -> str:
    """A notice as one text: its headings and paragraphs, each in a line."""
    found = notices.parts(name, site, shared, language, lambda day: day)
    return "\n".join(line for part in found for line in (part.title, *part.paragraphs))


def assessed(site: Site, level: str) -> Site:
    """The site with a declared conformance."""
    by = dict.fromkeys(LANGUAGES, "A. Arvioija")
    return dataclasses.replace(
        site,
        conformance=Conformance(level=level, assessed_by=by, assessed="2026-10-01"),  # type: ignore[arg-type]
    )


# --- the accessibility statement ------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_has_what_the_law_asks(library: Library, shared: SharedNotices, language: str) -> None:
    """Site and act, feedback within 14 days by mail, telephone and post, and the authority with its own addresses."""
    text = written(library.site, shared, "accessibility", language)
    who = library.site.organisation
    for needed in (
        *(library.site.address, who.name[language], "306/2019", "WCAG 2.1"),
        *(who.email, "14", str(who.phone), str(who.postal_address)),
        *("Traficom", "saavutettavuus@traficom.fi", "029 534 5000", "00059 TRAFICOM"),
    ):
        assert needed in text, needed
    assert not re.search(r"\{\w+\}", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_level_is_what_a_person_declared(library: Library, shared: SharedNotices, language: str) -> None:
    """Each level has its own sentence, with who and when; without one the statement says that nobody has assessed."""
    levels = {each: shared.scope.levels[each][language] for each in ("fully", "partly", "not", "undeclared")}  # type: ignore[index]
    assert len(set(levels.values())) == 4
    for level, sentence in levels.items():
        site = library.site if level == "undeclared" else assessed(library.site, level)
        text = written(site, shared, "accessibility", language)
        assert [each for each in levels if levels[each] in text] == [level], sentence
        assert ("A. Arvioija" in text and "2026-10-01" in text) == (level != "undeclared")


def test_no_site_that_ships_declares_a_level(library: Library) -> None:
    """Only an area's own person can assess its site."""
    assert library.site.conformance is None


def test_the_statement_is_one_page_in_order(library: Library, shared: SharedNotices) -> None:
    """What it covers first, then what is the area's own, then feedback, then the authority."""
    found = [part.title for part in notices.parts("accessibility", library.site, shared, "en", str)]
    assert found == [
        "What this statement covers",
        "What we know to be lacking",
        "How this statement was made",
        "Give feedback",
        "Supervision",
    ]


def test_an_area_without_telephone_and_address(library: Library, shared: SharedNotices) -> None:
    """Only the ways that there are."""
    who = dataclasses.replace(library.site.organisation, phone=None, postal_address=None)
    text = written(dataclasses.replace(library.site, organisation=who), shared, "accessibility", "en")
    assert "You can also call" not in text and "You can send a letter" not in text and "Write to" in text


# --- the privacy notice ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_privacy_notice_has_what_article_13_asks(library: Library, shared: SharedNotices, language: str) -> None:
    """Controller, data protection officer, both legal bases and consent, how long, the ombudsman with addresses."""
    text = written(library.site, shared, "privacy", language)
    for needed in (
        *(library.site.organisation.name[language], "kysely@example.fi", "tietosuojavastaava@example.fi"),
        *("1050/2018", "12", "36", "tietosuoja@om.fi", "029 566 6700", "00531 Hels", "https://tietosuoja.fi/"),
    ):
        assert needed in text, needed
    # 6(1)(e) for the task, 9(2)(g) for what is sensitive, 6(1)(a) for contact details.
    assert len(library.site.notices["privacy"].sections) == 9


# --- text -----------------------------------------------------------------------------------------


def test_addresses_are_links() -> None:
    """Of both kinds, with nothing of the sentence in them, and what is typed is escaped."""
    assert notices.linked("Kirjoita <a> a.b@example.fi. Ohje: https://x.fi/a?b=1&c=2, ja http://y.fi.") == (
        'Kirjoita &lt;a&gt; <a href="mailto:a.b@example.fi" dir="ltr">a.b@example.fi</a>. Ohje: '
        '<a href="https://x.fi/a?b=1&amp;c=2" dir="ltr">https://x.fi/a?b=1&amp;c=2</a>, ja '
        '<a href="http://y.fi" dir="ltr">http://y.fi</a>.'
    )


def test_what_fills_a_gap_is_not_filled_again(library: Library, shared: SharedNotices) -> None:
    """An area whose name has braces keeps them."""
    named = dict.fromkeys(LANGUAGES, "{email} <b>")
    who = dataclasses.replace(library.site.organisation, name=named)
    assert "Responsible for it is {email} &lt;b&gt;." in written(
        dataclasses.replace(library.site, organisation=who), shared, "accessibility", "en"
    )


def test_a_language_that_the_shared_file_lacks() -> None:
    """Nothing is built, and the sentence says where to add it."""
    with pytest.raises(publishing.BuildError) as raised:
        publishing.shared_notices(["fi", "et"])
    assert str(raised.value) == "notices.yaml has no texts in 'et'. Add them to site_templates/notices.yaml."


def test_the_shared_file_is_checked_like_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date that is none, a text that a language lacks: each with its line."""
    text = (pages.TEMPLATES / notices.FILE).read_text(encoding="utf-8")
    changed = text.replace("dated: 2026-11-24", "dated: 24.11.2026").replace("    so: Kormeerka\n", "")
    (tmp_path / notices.FILE).write_text(changed, encoding="utf-8")
    monkeypatch.setattr(reading, "TEMPLATES", tmp_path)
    found: list[Problem] = []
    assert reading.read_shared_notices(found.append) is None
    assert [problem.code for problem in found] == ["DATE-FORM", "TRANSLATION-MISSING"]


# --- what a person declares -----------------------------------------------------------------------


def declared(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str, today: date = TODAY) -> list[str]:
    """What the check says of a small site with some more keys."""
    monkeypatch.chdir(folder)
    Path("site.yaml").write_text(SITE + more)
    Path("services.yaml").write_text(SERVICES.replace("[koe@1]", "[]"))
    found = reading.check([Path()], today=today)
    return [
        str(problem)
        for problem in found
        if problem.code.startswith(("CONFORMANCE", "SECURITY", "TRANSLATION", "SEALED", "RETENTION"))
    ]


def conformance(day: str) -> str:
    return f"conformance: {{level: partly, assessed_by: {{fi: A, sv: B}}, assessed: {day}}}\n"


def test_conformance_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody has declared it, and where that is more than a year ago; not on the last day of the year."""
    assert declared(tmp_path, monkeypatch, "") == [
        "site.yaml:1: CONFORMANCE-MISSING warning: nobody has declared how far the site meets the requirements of "
        "accessibility. Have a person assess it, and write 'conformance:' with 'level', 'assessed_by' and 'assessed'."
    ]
    assert declared(tmp_path, monkeypatch, conformance("2025-11-24")) == []
    assert declared(tmp_path, monkeypatch, conformance("2025-11-23")) == [
        "site.yaml:16: CONFORMANCE-OLD warning: accessibility was assessed on 2025-11-23, 366 days ago, and a statement "
        "stands for 365 days. Have a person assess it again, and write the new date and what was found."
    ]


def test_nothing_is_assessed_in_advance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that has not come is told; the day itself is not."""
    assert declared(tmp_path, monkeypatch, conformance("2026-11-24")) == []
    assert declared(tmp_path, monkeypatch, conformance("2026-11-25")) == [
        "site.yaml:16: CONFORMANCE-AHEAD warning: accessibility was assessed on 2026-11-25, and that day has not come yet. "
        "Write the date on which a person assessed it."
    ]


def test_security_txt_is_renewed_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told from 30 days before its end, and after it."""
    more = conformance("2027-01-01") + "security: {contact: a@example.fi, expires: 2027-11-01, languages: [fi]}\n"
    told = [
        "site.yaml:17: SECURITY-EXPIRES warning: security.txt is valid until 2027-11-01 and no longer. See that 'contact' "
        "is still read, and write a date within the next year."
    ]
    assert declared(tmp_path, monkeypatch, more, date(2027, 10, 1)) == []
    for day in (date(2027, 10, 2), date(2027, 11, 1), date(2027, 11, 2)):
        assert declared(tmp_path, monkeypatch, more, day) == told


def test_security_txt_ends_within_a_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told from the first day after it."""
    more = conformance("2026-11-01") + "security: {contact: a@example.fi, expires: 2027-11-25, languages: [fi]}\n"
    assert declared(tmp_path, monkeypatch, more, date(2026, 11, 25)) == []
    assert declared(tmp_path, monkeypatch, more) == [
        "site.yaml:17: SECURITY-FAR warning: security.txt is valid until 2027-11-25, for 366 days, and should be for 365 "
        "at most. See that 'contact' is still read, and write a date within the next year."
    ]


ONE = "age12cq6r244uqca9ftx9qx9vf6xnvxv7u9ft3ha95te07c945fqfs5q5mkzkm"


def test_answers_are_sealed_to_two_people_or_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key, and the same one twice, would lose all with it."""
    for keys in (ONE, f"{ONE}, {ONE}"):
        assert declared(tmp_path, monkeypatch, conformance("2026-11-01") + f"sealed_to: [{keys}]\n") == [
            "site.yaml:17: SEALED-ALONE answers would be sealed to one key. Write two or more different keys, of "
            "different people: what is sealed to a key that is lost is lost."
        ]


def test_own_words_are_not_kept_longer_than_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the site's times and in an instrument's own, and there must be such an instrument."""
    more = conformance("2026-11-01") + ("retention:\n  words: 40\n  instruments:\n    koe: {words: 6, answers: 5}\n")
    assert declared(tmp_path, monkeypatch, more) == [
        "site.yaml:17: RETENTION-WORDS own words are kept for 40 months, longer than the other answers (36). Write as "
        "many months for 'words' as for 'answers', or fewer.",
        "site.yaml:20: RETENTION-UNKNOWN warning: there is no instrument 'koe'. Write the id of an instrument, or take this away.",
        "site.yaml:20: RETENTION-WORDS own words are kept for 6 months, longer than the other answers (5). Write as "
        "many months for 'words' as for 'answers', or fewer.",
    ]


def test_without_a_day_nothing_is_said_of_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build has no clock, and the same material gives the same bytes."""
    declared(tmp_path, monkeypatch, conformance("2001-01-01"))
    assert not [each for each in reading.check([Path()]) if each.code.startswith("CONFORMANCE")]


def test_check_says_which_language_the_notices_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the site's list of languages."""
    small = publishing.shared_notices()
    monkeypatch.setattr(reading, "read_shared_notices", lambda report: dataclasses.replace(small, languages=("fi",)))
    found = declared(tmp_path, monkeypatch, conformance("2026-11-01"))
    assert found == [
        "site.yaml:4: TRANSLATION-MISSING 'notices.yaml' has no text in the language 'sv'. Add 'sv: …', or take the "
        "language out of 'languages'."
    ]


# --- security.txt ---------------------------------------------------------------------------------


def test_security_txt(library: Library) -> None:
    """RFC 9116: each field once, a moment with a zone, and where the file itself stands."""
    assert publishing.security_txt(library.site) == (
        "Contact: mailto:tietoturva@example.fi\n"
        "Expires: 2027-11-01T00:00:00Z\n"
        "Preferred-Languages: fi, sv, en\n"
        "Canonical: https://kysely.example.fi/.well-known/security.txt\n"
    )


# --- never the word -------------------------------------------------------------------------------

ANONYMOUS = re.compile(
    r"anon[yi]m|anonyym|nimettöm|tunnistamattom|namnlös|анон[іи]м|безымянн|безіменн|знеособлен|обезличен"
    r"|مجهول|غفل من الاسم|دون الكشف عن الهوية|aqoonsi la'aan|bilaa magac|qarsoodi",
    re.IGNORECASE,
)
"""The word and its translations. “Without your name” says what is stored, and is true."""
DENIED = {
    "fi": "eivät nimettömiä tietoja",
    "sv": "inte anonyma uppgifter",
    "en": "not anonymous data",
    "fi-simple": "Ne eivät ole nimettömiä tietoja",
    "uk": "а не анонімні дані",
    "ru": "а не анонимные данные",
    "ar": "وليست بيانات مجهولة الهوية",
}
"""Where the word stands: once in the privacy notice of each language, to say that answers are not that."""


def texts_of(value: object) -> Iterator[str]:
    """Every text of a file, whatever holds it."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from texts_of(key)
            yield from texts_of(below)
    elif isinstance(value, list):
        for below in value:
            yield from texts_of(below)
    elif isinstance(value, str):
        yield value


def respondents_texts(root: Path) -> Iterator[tuple[str, str]]:
    """Each text that can reach a respondent, with its file: questionnaires, site, notices, catalogues, templates."""
    for folder in ("instruments", "docs/examples", "benchmarks/instruments", "site_templates"):
        for path in sorted((root / folder).glob("*.yaml")):
            root_node = strict_yaml.load(path.read_bytes(), file=path.name, report=lambda problem: None)
            assert root_node is not None
            yield from ((path.name, text) for text in texts_of(strict_yaml.data(root_node)))
    for path in sorted((root / "site_templates" / "messages").glob("pa*.po*")):
        with path.open("rb") as file:
            for message in read_po(file):
                yield from ((path.name, str(text)) for text in (message.id, message.string) if text)
    for path in sorted((root / "site_templates").glob("*.j2")):
        yield path.name, path.read_text(encoding="utf-8")


def promises(found: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Files and texts that have the word, but for the sentences that deny it."""
    left = []
    for name, text in found:
        kept = text
        for denied in DENIED.values() if name == "site.yaml" else ():
            kept = kept.replace(denied, "")
        if ANONYMOUS.search(kept):
            left.append((name, text))
    return left


def test_coded_answers_are_never_called_anonymous() -> None:
    """A code links answers to a person's participation: whoever has the list can tell who it is."""
    assert promises(respondents_texts(ROOT)) == []


@pytest.mark.parametrize(
    "planted",
    [
        "Answers are anonymous.",
        "Vastaat nimettömästi.",
        "Vastaukset ovat anonyymejä.",
        "Svaren är anonyma.",
        "Відповіді анонімні.",
        "Ответы анонимны.",
        "إجاباتك مجهولة المصدر.",
        "Jawaabuhu waa bilaa magac.",
    ],
)
def test_the_word_would_be_found(planted: str, tmp_path: Path) -> None:
    """In each language, in a questionnaire as in a catalogue."""
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "koe.yaml").write_text(f"sections: [{{title: {{x: '{planted}'}}}}]\n", encoding="utf-8")
    (tmp_path / "site_templates" / "messages").mkdir(parents=True)
    (tmp_path / "site_templates" / "messages" / "pages.xx.po").write_text(
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "a"\nmsgstr "{planted}"\n',
        encoding="utf-8",
    )
    assert promises(respondents_texts(tmp_path)) == [("koe.yaml", planted), ("pages.xx.po", planted)]


def test_the_notice_denies_it_in_each_language(library: Library) -> None:
    """Said once, where it says what the answers are instead."""
    for language, denied in DENIED.items():
        own = [section.text[language] for section in library.site.notices["privacy"].sections]
        assert sum(denied in text for text in own) == 1
