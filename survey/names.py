"""First names and surnames that are common in Finland, in the cases of Finnish: what texts are searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable

_GIVEN = """
aki aleksi alina anders anita anna anne anneli anni annika antero anton antti anu ari arja arto birgitta björn camilla
carina christina daniel eero eetu eeva eevi eija eila elias elina elisa emil emilia emma erik erika erja esa essi
eveliina fredrik gunilla göran hanna hannele hannu harri heidi heikki heini helena helmi helvi henna henri henrik hilkka
håkan iida ilkka ilona inka inkeri irene irja irma isto jaakko jaana janina janne jari jarkko jarmo jarno jenna jenni
jesse joel johan johanna johannes jonna joonas jorma joni jouko jouni juha juhani juho jukka julia juuso jussi jyri
jyrki kaarina kaija kaisa kalevi kalle karoliina kati katja katri kimmo kirsi kirsti kristian kristiina krister kyösti
lars lasse laura lauri leena leila lena liisa linda linnea magnus maija maiju maarit marika mari maria marjaana marjatta
marjo marjut marketta markku marko markus martina martti mats matti mauri meeri mervi merja miia mika mikael mikaela
mikko milla minna minttu mira miro mirja mirva mohamed mohammed muhammad nina niina niklas niko nils noora olavi olga
olli oona oskari oskar outi paavo pasi patrik paula pauli pauliina pekka pentti pertti peter petra petri petteri piia
pirjo pirkko päivi raija raili raimo rasmus rauno reetta reijo reino riikka riina riitta risto ritva robert roope roosa
saana saara saija sakari salla sami samuel samuli sanna santeri sara sari sebastian seija seppo sinikka simo sirkka
sirpa sofia sonja stefan susanna suvi svetlana taina tanja tapani tapio tarja taru tatjana teemu teija terhi tero terttu
thomas tiia tiina timo titta tommi toni tuija tuomas tuomo tuula tuulia tytti ulf ulla ulrika urpo veera veijo veikko
veli venla vesa viivi ville vilma virpi väinö åsa åke
abdi abdullah ahmad ahmed aisha ali amina ayaan farah fadumo fatima hassan hodan hussein ibrahim khadija layla maryam
mustafa nasra omar rashid yusuf zahra aleksandr andrii anastasia dmytro elena halyna igor iryna irina ivan kateryna
larysa liudmyla maksym mykola natalia nataliia oksana oleksandr olena serhii sergei svitlana tetiana viktor volodymyr
анна олена ольга наталія ірина тетяна оксана світлана марія юлія людмила катерина олександр сергій андрій іван микола
віктор володимир михайло елена наталья ирина татьяна светлана мария екатерина александр сергей андрей иван николай
михаил дмитрий
محمد أحمد احمد علي فاطمة مريم خالد حسن حسين عمر إبراهيم زينب عائشة
"""
_FAMILY = """
ahonen andersson eriksson heikkilä heikkinen heinonen hiltunen hirvonen hämäläinen johansson jokinen järvinen karlsson
karppinen kinnunen koivisto korhonen koskinen laaksonen lahtinen laitinen lehtinen lehtonen leppänen lindholm lindström
manninen mattila miettinen mustonen mäkelä mäkinen niemelä nieminen nyström ojala pitkänen rantanen rissanen räsänen
saarinen salminen salonen savolainen toivonen tuominen turunen virtanen väisänen
"""
_OFTENER_WORDS = frozenset(
    ["alia", "alin", "annan", "annas", "helmen", "helmet", "olin", "ollin", "saran", "saraa", "velin"]
)
"""Forms of names that far more often are other words."""
_SMALL = 5
"""Letters of a first name that can be told from other words where it has no capital."""
_OTHER_IN_SMALL = frozenset(["helmi", "linda", "suvin", "vesan", "farah"])
_CASES = """
a ä n ta tä ssa ssä sta stä an än en in on un yn lla llä lta ltä lle ksi na nä tta ttä kin nkin llekin kaan kään s 's ’s
а у ю ом ем ою ей и і ові е я
"""
_ENDINGS = frozenset(["", *_CASES.split()])
_HYPHENS = re.compile("[-\u2010\u2011]")


def is_given(word: str, *, small: bool = False) -> bool:
    """Whether a word is a first name of the list, in any case. With `small` only one that is no other word where it is
    written without a capital letter."""
    whole = word.lower()
    if whole in _OFTENER_WORDS or (small and (len(whole) < _SMALL or whole in _OTHER_IN_SMALL)):
        return False
    return any(_from(part, _GIVEN_STEMS) for part in _HYPHENS.split(whole))


def is_family(word: str) -> bool:
    """Whether a word is a surname of the list, in any case."""
    return _from(word.lower(), _FAMILY_STEMS)


def _from(word: str, stems: frozenset[str]) -> bool:
    return any(word[:at] in stems and word[at:] in _ENDINGS for at in range(3, len(word) + 1))


def _stems(names: Iterable[str]) -> frozenset[str]:
    """What the cases begin with: Matti and Mati(n), Virtanen and Virtase(n), Markus and Markukse(n), Erik and Eriki(n),
    Ольга and Ольг(у)."""
    found = set()
    for name in names:
        found.add(name)
        if name[-3:-1] in ("kk", "pp", "tt"):
            found.add(name[:-2] + name[-1])
        if name.endswith(("nti", "rti")):
            found.add(f"{name[:-2]}{name[-3]}i")
        if name.endswith("nen"):
            found.add(f"{name[:-3]}se")
        elif name.endswith("s"):
            found |= {f"{name[:-1]}kse", f"{name[:-1]}a"}
        if name[-1] in "bcdfghjklmnpqrstvwxz":
            found.add(f"{name}i")
        if name[-1] in "аяйь":
            found.add(name[:-1])
    return frozenset(found)


_GIVEN_STEMS, _FAMILY_STEMS = _stems(_GIVEN.split()), _stems(_FAMILY.split())
