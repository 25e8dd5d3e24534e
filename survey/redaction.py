"""Suggestions of what to take out of a text before others read it. They are only that: a person reads and decides.

Codes, numbers and addresses are found by their form. Names are found by a capital letter inside a sentence, behind a
title such as `opettaja`, and wherever they are common ones. Scripts without capital letters show no other names, so
there a reader alone finds them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from survey.frozen import dataclass
from survey.marking import _
from survey.model import Library, Text
from survey.names import is_family, is_given
from survey.phrases import Phrase, said

Kind = Literal[
    "identity_code", "account", "email", "link", "phone", "address", "birth", "group", "plate", "number",
    "staff", "name", "health",
]  # fmt: skip
REASONS: Mapping[Kind, Phrase] = {
    "identity_code": said(_("It looks like a personal identity code.")),
    "account": said(_("It looks like the number of an account or a card.")),
    "email": said(_("It looks like an e-mail address.")),
    "link": said(_("It looks like an address on the internet.")),
    "phone": said(_("It looks like a phone number.")),
    "address": said(_("It looks like a postal address.")),
    "birth": said(_("It may tell how old somebody is.")),
    "group": said(_("It names a group, or the number of a participation.")),
    "plate": said(_("It looks like the registration number of a vehicle.")),
    "number": said(_("A long number may tell who somebody is.")),
    "staff": said(_("It may be the name of somebody on the staff.")),
    "name": said(_("It may be the name of a person, a place or a workplace.")),
    "health": said(_("It may tell of somebody's health. It is not taken out: decide yourself.")),
}
WARNINGS: tuple[Kind, ...] = ("health",)
"""What a reader is told of, and no software takes out."""
GAP = "[…]"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A passage, `text[start:end]`, that somebody should look at: what it may be, and why it was found."""

    start: int
    end: int
    kind: Kind
    reason: Phrase

    @property
    def taken_out(self) -> bool:
        """Whether it is one to take out; else it is a warning alone."""
        return self.kind not in WARNINGS


@dataclass(frozen=True, kw_only=True)
class Known:
    """What texts about a site may say: `words` that name no person, in small letters, and the ids of its `groups`."""

    words: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


NOTHING_KNOWN = Known()


def known(library: Library) -> Known:
    """The words of a site's organisations, municipalities and services, and the ids of its groups."""
    services = library.services
    texts: list[Text] = [library.site.organisation.name, *services.kinds.values()]
    texts += [service.title for service in services.services]
    named = [text for each in texts for text in each.values()]
    named += [provider.name for provider in services.providers.values()]
    named += [text for service in services.services for text in (service.buyer, service.municipality)]
    words = {match[0].lower() for text in named for match in _WORD.finditer(text)}
    return Known(
        # A provider may have the name of its owner.
        words=frozenset(word for word in words if len(word) > 2 and not word.endswith("nen") and not is_given(word)),
        groups=frozenset(group.id for service in services.services for group in service.groups),
    )


def suggestions(text: str, known: Known = NOTHING_KNOWN) -> tuple[Suggestion, ...]:
    """What to look at in a text, in its order. None overlaps another."""
    found: list[Suggestion] = []
    covered = bytearray(len(text))
    for kind, start, end in _candidates(text, known):
        if not any(covered[start:end]):
            covered[start:end] = b"x" * (end - start)
            found.append(Suggestion(start=start, end=end, kind=kind, reason=REASONS[kind]))
    return tuple(sorted(found, key=lambda one: one.start))


def redacted(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with a gap in place of each span, and of neighbours with nothing but spaces between one for all.

    Spans may overlap. Raises ValueError where one lies outside the text.
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not 0 <= start < end <= len(text):
            raise ValueError(f"The passage {start}-{end} lies outside a text of {len(text)} letters.")
        if merged and not text[merged[-1][1] : start].strip(" "):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    for start, end in reversed(merged):
        text = text[:start] + GAP + text[end:]
    return text


def without(text: str, found: Iterable[Suggestion]) -> str:
    """The text as it is suggested: what is only warned of stays in."""
    return redacted(text, ((one.start, one.end) for one in found if one.taken_out))


def marked(text: str, found: Iterable[Suggestion]) -> str:
    """The text with `[[ ]]` around what is suggested to be taken out."""
    for one in sorted(found, key=lambda one: -one.start):
        if one.taken_out:
            text = f"{text[: one.start]}[[{text[one.start : one.end]}]]{text[one.end :]}"
    return text


def passages(text: str, found: Iterable[Suggestion]) -> Iterator[tuple[str, Suggestion | None]]:
    """The text in pieces, each with what is suggested about it."""
    at = 0
    for one in sorted(found, key=lambda one: one.start):
        if one.start > at:
            yield text[at : one.start], None
        yield text[one.start : one.end], one
        at = one.end
    if at < len(text):
        yield text[at:], None


def noted(text: str, found: Iterable[Suggestion]) -> tuple[tuple[str, Phrase], ...]:
    """Each different passage, with why it was found."""
    return tuple(dict.fromkeys((text[one.start : one.end], one.reason) for one in found))


def emails(text: str) -> Iterator[str]:
    """What has the form of an address of e-mail."""
    return (match[0] for match in _EMAIL.finditer(text))


def phones(text: str) -> Iterator[int]:
    """Where something begins that has the form of a phone number with a zero or a plus."""
    return (match.start() for form in _PHONES for match in form.finditer(text))


def may_name_somebody(role: str) -> bool:
    """Whether what should name a role, like `quality lead`, may hold a person's name."""
    return any(_is_capital(match[0]) or is_given(match[0], small=True) for match in _WORD.finditer(role))


def _candidates(text: str, known: Known) -> Iterator[tuple[Kind, int, int]]:
    """What there may be, the surest first."""
    for group in sorted(known.groups):
        for match in re.finditer(rf"(?i)(?<![\w-]){re.escape(group)}(?![\w-])", text):
            yield "group", match.start(), match.end()
    for kind, pattern in _FORMS:
        for match in pattern.finditer(text):
            yield kind, *match.span(pattern.groups)
    yield from _names(text, known)
    for match in _ILL.finditer(text):
        yield "health", match.start(), match.end()


# --- forms -----------------------------------------------------------------------------------------------------------


def _form(pattern: str, **parts: str) -> re.Pattern[str]:
    """A pattern whose spaces mean nothing, with `‹names›` of its parts filled in; ‹-› is any hyphen or dash."""
    for name, part in {"-": "[-\u2010-\u2015\u2212]", "_": "[ ]", **parts}.items():
        pattern = pattern.replace(f"‹{name}›", part)
    return re.compile(pattern, re.VERBOSE)


_STREET = (
    "katu|kadun|kadulla|kadulta|kadulle|kadussa|tie|tien|tiellä|tieltä|tielle|kuja|kujan|kujalla|kujalta|kujalle|polku|"
    "polun|polulla|polulta|raitti|raitin|raitilla|väylä|väylän|väylällä|rinne|rinteen|rinteellä|gata|gatan|väg|vägen|"
    "stig|stigen|gränd|gränden"
)
_GROUP = "ryhmä|ryhmän|ryhmässä|ryhmästä|ryhmään|ryhmällä|grupp|gruppen|group|група|групі|групи|группа|группе|группы"
_PEOPLE = "hen|ihmi|osallis|opiskel|päiv|kuukau|vuot|pers|delt|people|peop|days|dag|kert"
_PHONE = "puh|puhelin|puhelinnumero|puhelinnumeroni|numero|numeroni|gsm|tel|tfn|telefon|phone|тел"
_BORN = r"synt\.|syntynyt|synnyin|syntymäaika|syntymäaikani|född|born|народив\w*|народил\w*|родил\w*"
MAIL_ENDS = "fi|com|net|org|info|eu|se|io|ru|ua"
_EMAIL = _form(r"[\w.+-]{1,64} (?:@|‹_›@‹_›|‹_›?[(\[](?:at|a)[)\]]‹_›?) [\w-]{1,63} (?:\.[\w-]+){1,4}")
_PHONES = (
    _form(r"(?<![\w.,]) (?:\+|00)\d (?:(?:[ ()/]|‹-›){0,2}\d){6,13} (?!\w)"),
    _form(r"(?<![\w.,]) \(?0\d{1,3}\)? (?:(?:[ /]|‹-›)?\d){5,9} (?!\w)"),
    # With points: dates have them too, and never three figures between two.
    _form(r"(?<![\w.,]) (?:0(?:4\d|50) (?:\.\d{2,4}){2,3} | 0\d{1,2}\.\d{3}\.\d{2,4}) (?![\w.])"),
)
_FORMS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    # The separators of every century: + - Y X W V U, A B C D E F.
    ("identity_code", _form(r"(?<!\w) \d{6} ‹_›? (?:‹-›|[+A-FU-Ya-fu-y]) ‹_›? \d{3}[0-9A-Za-z] (?!\w)")),
    ("identity_code", _form(r"(?<!\w) \d{6} ‹_›? \d{3}[A-FHJ-NPR-Ya-fhj-npr-y] (?!\w)")),
    ("identity_code", _form(r"(?<!\w) (?:\d{8}|\d{6}) ‹_›? ‹-› ‹_›? \d{4} (?!\w)")),
    ("account", _form(r"(?<!\w) [A-Za-z]{2}\d{2} (?:‹_›?[A-Za-z0-9]{4}){2,7} (?:‹_›?[A-Za-z0-9]{1,3})? (?!\w)")),
    ("account", _form(r"(?<!\w) \d{4} (?:(?:‹_›|‹-›)?\d{4}){3} (?!\w)")),
    ("email", _EMAIL),
    ("link", _form(r"(?:https?://|www\.) [^\s<>\"”]{2,200} (?<![.,;:!?)])")),
    ("link", _form(r"(?<![\w@.]) (?:[\w-]{2,63}\.){1,3} (?:‹end›) (?:/[^\s<>\"”]*)? (?!\.?\w)", end=MAIL_ENDS)),
    ("link", _form(r"(?<![\w@.]) @\w[\w.]{1,30} (?<!\.)")),
    *(("phone", form) for form in _PHONES),
    ("phone", _form(r"\b(?i:‹phone›) [ .:]{1,3} (?:(?:on|är|is)‹_›)? (\d(?:[ -]?\d){4,12}) (?!\w)", phone=_PHONE)),
    ("address", _form(
        r"(?<!\w) (?:[A-ZÅÄÖ]\w{1,20}[ -])? \w{2,30}(?i:‹street›) ‹_›\d{1,4} (?:‹_›?[a-zA-Z]\b)? (?:‹_›\d{1,3}\b)?",
        street=_STREET,
    )),
    ("address", _form(r"(?<!\w) \d{1,4}‹_› (?:[A-Z][a-z]{1,20}‹_›){1,3} (?:Street|Road|Avenue|Lane) (?!\w)")),
    ("address", _form(r"(?<!\w) \d{5}‹_›[A-ZÅÄÖ][\wåäö]{2,30}")),
    ("birth", _form(r"(?<![\w.]) \d{1,2}[./]‹_›? \d{1,2}[./]‹_›? (?:19\d\d|200\d|201[0-2]) (?!\w)")),
    ("birth", _form(r"(?<!\w) (?:19\d\d|200\d|201[0-2]) [-/]\d{1,2} [-/]\d{1,2} (?!\w)")),
    ("birth", _form(r"\b(?i:‹born›) [^.!?\n]{0,20}? (\d[\d./-]{1,9}\d)", born=_BORN)),
    ("birth", _form(r"(?<!\w) \d{2} [ -]? (?:v\b|vuotia\w*|år‹_›gammal|åring\w*|årig\w*|years?[ -]old|років|лет\b)")),
    ("group", _form(r"(?<!\w) [A-ZÅÄÖ]{1,4}-20\d\d-\d{3,4} (?!\w)")),
    ("group", _form(
        r"\b(?i:‹group›)‹_›? ((?:(?i:nro|n:o|nr|no)‹_›)? (?:[A-ZÅÄÖ]{1,3}-?)?\d{1,4}[A-Za-z]?) (?![\w:])"
        r"(?!‹_›(?i:‹people›))",
        group=_GROUP, people=_PEOPLE,
    )),
    ("plate", _form(r"(?<!\w) [A-ZÅÄÖ]{2,3}‹-›\d{1,3} (?!\w)")),
    ("number", _form(r"(?<!\w) \d{6,} (?!\w)")),
)  # fmt: skip
"""Kinds with their patterns. Where a pattern has a group, that is what was found."""
_ILLNESSES = """
masennu masentu ahdistu uupu burnout sairau sairast sairas diagno lääkär lääki lääke syöpä syövä terapi psyk
mielenterve vammai vammaut vamman raskaana päihde päihte alkohol kuntoutu adhd autis lukihäiri dysleks diabet epileps
migreen leikkau selkäki selkäva niskaki kipuja kipujen kivut kivun sjuk depress deprim ångest läkar medicin cancer
utbränd funktionsned gravid missbruk rehab illness sickness sick disab pregnan anxi surgery хворо депрес лікар врач
болезн больни інвалід инвалид مرض طبيب اكتئاب xanuun dhakhtar
"""
_ILL = re.compile(rf"(?i)\b(?:{'|'.join(_ILLNESSES.split())})\w*")


# --- names -----------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011'’][^\W\d_]+)*")
_NEAR = 12
"""Letters before a word that tell whether a sentence begins with it."""
_BEGIN = re.compile(
    r"(?:^|[.!?…:\n]|\d\)|[:;]-?[)D(]|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)"
    r"[\s\"'”“’„»«*•·\u2013\u2014-]*$"
)
_INITIALS = re.compile(r"(?:(?<!\w)[^\W\d_]\. ?){1,3}$")
_SHORTENED = re.compile(r"(?i)(?:\b(?:esim|mm|ym|yms|ns|puh|mr|mrs|ms|dr)|t\.ex|bl\.a|e\.g|i\.e)\.\s*$")
_BEHIND_TITLE = re.compile(r"[.:]?,? ")
_TITLE = re.compile(
    r"(?i)(?:\w*(?:opettaj|kouluttaj|valmentaj|ohjaaj|virkailij|asiantuntij|johtaj|rehtor|päällik|koordinaattor|"
    r"neuvoj|esimie|esihenkilö|tulkki|tulkin|lärare|handledare|tränare)\w*|\w*chef(?:en)?|coach\w*|tolk(?:en)?|"
    r"teacher\w*|trainer\w*|instructor\w*|advis[eo]r\w*|manager|interpreter|mentor\w*|rouva\w*|herra\w*|herr|fru|"
    r"mrs?|ms|учител\w*|вчител\w*|викладач\w*|преподавател\w*|тренер\w*|наставни\w*)"
)
_CAPITAL_ANYWAY = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december christmas finnish swedish english russian ukrainian arabic somali estonian finland suomi
suomen suomessa suomeen suomesta suomea sweden sverige europe eurooppa euroopassa europa excel word powerpoint teams
zoom google linkedin facebook whatsapp microsoft office windows internet kela kelan fpa työmarkkinatori jobbmarknad
covid i'm i’m i've i’ve i'd i’d i'll i’ll ok sinä sinun sinulle te teidän teille teiltä teitä ni er era вы вас вам ваш
ваша вашу ваше ваші вашої вашій вашим вами ви фінляндія фінляндії фінляндію финляндия финляндии
"""
_COMMON = frozenset(_CAPITAL_ANYWAY.split())
_OPENING = """
kiitos kiitokset iso olen oli olin kun jos mutta ja että minun meidän hyvä paras parasta ainakin varsinkin sekä
erityisesti tack stort jag min vår thanks thank many my our the when but and with especially дякую спасибо
"""
_OPENERS = frozenset(_OPENING.split())
_FAMILY_LIKE = re.compile(r"(?:nen|sen|sella|sellä|selta|seltä|selle|sson|enko|ova|eva)$")
_CASES = """
a ä n ta tä ssa ssä sta stä an än en in on un yn lla llä lta ltä lle ksi aan ään een iin ia iä ella ellä elta eltä
elle essa essä esta estä issa issä ista istä illa illä ilta iltä ille hin hun i t den della dellä delta deltä delle
dessa dessä desta destä gin gissa gissä gista gistä giltä gille isen isessa isella iseen s
"""
_ENDINGS = frozenset(["", *_CASES.split()])
_INFLECTED = 4
"""Letters that a word must share with another to be a case of it."""


@dataclass(frozen=True, kw_only=True)
class _Token:
    """A word of a text; `begins` where a sentence does."""

    start: int
    end: int
    word: str
    begins: bool


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(start=match.start(), end=match.end(), word=match[0], begins=_begins(text, match.start()))
        for match in _WORD.finditer(text)
    ]


def _begins(text: str, at: int) -> bool:
    near = text[:at] if at <= _NEAR else f"x{text[at - _NEAR : at]}"
    return bool(_BEGIN.search(near)) and not _SHORTENED.search(near) and not _INITIALS.search(near)


def _names(text: str, known: Known) -> Iterator[tuple[Kind, int, int]]:
    """Words that may be names: a first name with its surname and initials as one passage."""
    tokens = _tokens(text)
    kinds = [_kind(text, tokens, at, known) for at in range(len(tokens))]
    at = 0
    while at < len(tokens):
        kind, first, last = kinds[at], at, at
        at += 1
        if kind is None:
            continue
        while at < len(tokens) and kinds[at] and _joined(text, tokens, at):
            last, at = at, at + 1
        if _has_first_name_before(text, tokens, first, known):
            first -= 1
        start = tokens[first].start
        initials = _INITIALS.search(text, max(0, start - _NEAR), start)
        yield kind, initials.start() if initials else start, tokens[last].end


def _joined(text: str, tokens: Sequence[_Token], at: int) -> bool:
    """Whether a space alone is between a word and the one before."""
    return at > 0 and text[tokens[at - 1].end : tokens[at].start] == " "


def _kind(text: str, tokens: Sequence[_Token], at: int, known: Known) -> Literal["staff", "name"] | None:
    """What a word may be the name of; None where it is none."""
    token, before = tokens[at], tokens[at - 1] if at else None
    given = is_given(token.word)
    unusual = _is_capital(token.word) and not _is_known(token.word, known) and not _TITLE.fullmatch(token.word)
    behind = text[before.end : token.start] if before and _TITLE.fullmatch(before.word) else ""
    if _BEHIND_TITLE.fullmatch(behind) and (given or unusual):
        return "staff"
    if token.word[0].islower():
        return "name" if is_given(token.word, small=True) else None
    return "name" if given or is_family(token.word) or (unusual and not token.begins) else None


def _is_capital(word: str) -> bool:
    """Whether a word begins like a name: with a capital letter, and is no acronym nor joined to one."""
    first = re.split("[-\u2010\u2011'’]", word)[0]
    return word[0].isupper() and len(word) > 1 and (len(first) == 1 or not first.isupper())


@functools.lru_cache(maxsize=4096)
def _is_known(word: str, known: Known) -> bool:
    """Whether a word is one of a site's own, or one that has a capital letter anyway, in some case of Finnish."""
    whole = word.lower()
    inflected = (own for own in _COMMON if len(own) >= _INFLECTED and whole.startswith(own))
    if whole in _COMMON or any(whole[len(own) :] in _ENDINGS for own in inflected):
        return True
    return any(_is_case_of(whole, own) for own in known.words)


def _is_case_of(word: str, own: str) -> bool:
    """Whether a word is another in some case: Jämsässä of Jämsä, Petäjävedellä of Petäjävesi."""
    cuts = (own[: len(own) - gone] for gone in range(3) if not gone or len(own) - gone >= _INFLECTED)
    return any(word.startswith(cut) and word[len(cut) :] in _ENDINGS for cut in cuts)


def _has_first_name_before(text: str, tokens: Sequence[_Token], at: int, known: Known) -> bool:
    """Whether a sentence begins with a first name that is in no list, and this surname after it."""
    if not _joined(text, tokens, at) or not tokens[at - 1].begins:
        return False
    before, word = tokens[at - 1].word, tokens[at].word
    plain = before.lower() in _OPENERS or _TITLE.fullmatch(before) or _is_known(before, known)
    surname = is_family(word) or _FAMILY_LIKE.search(word.lower())
    return bool(_is_capital(before) and surname and not plain)
