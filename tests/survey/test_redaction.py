"""Suggestions of what to take out of a text: what tells who somebody is is found, and plain sentences are left alone."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import names, redaction
from survey.model import Library, Provider
from survey.redaction import GAP, Known, Suggestion, known, marked, may_name_somebody, redacted, suggestions, without

PLANTED = {
    "identity_code": [
        "Hetuni on [[131052-308T]] jos tarvitsette.", "Tunnus [[010203A123B]].", "Myös [[131052Y308T]] ja [[131052w308t]].",
        "Kirjoitin väärin [[131052 – 308X]].", "Ilman merkkiä [[131052308T]] tai [[131052 308t]].", "Mitt personnummer är [[19850312-1234]].",
    ],
    "account": [
        "Rahat tilille [[FI21 1234 5600 0007 85]] kiitos.", "Tili [[fi2112345600000785]]",
        "Korttini [[1234 5678 9012 3456]] ei toiminut.",
    ],
    "email": [
        "Lähettäkää osoitteeseen [[etu.suku@example.fi]].", "Osoitteeni on [[etu.suku(at)example.fi]]!",
        "Skriv till [[nagon+enkat@post.example.org]] tack",
    ],
    "link": [
        "Tein sivun [[https://example.fi/oma?x=1]], katsokaa.", "Se on [[www.example.fi/cv]].", "Sivuni [[oma-nimi.example.fi]] on valmis.",
        "Instassa [[@oma.nimi]].",
    ],
    "phone": [
        "Soittakaa [[040 123 4567]].", "Numero [[050-1234567]] tai [[+358 40 123 4567]].", "Ring [[+46 (0)70 123 45 67]]!",
        "Puh. [[123 4567]] iltaisin", "Call me at [[00358401234567]].", "Puhelinnumeroni on [[45 123 456]].",
        "Soita [[045.123.4567]] tai [[(040) 1234567]].", "Iltaisin [[044/1234567]] tai [[014 123 4567]].",
    ],
    "address": [
        "Asun osoitteessa [[Mannerheimintie 12 B 3]].", "Paikka oli [[Kauppakatu 5]], hyvä paikka.", "Jag bor på [[Storgatan 5 A]].",
        "Toimisto [[Vanhalla Kirkkokadulla 7]] on kaukana.", "Postia: [[40100 Jyväskylä]].", "Kursen på [[Strandvägen 14]] var bra.",
    ],
    "birth": [
        "Olen [[47-vuotias]] enkä jaksa.", "Synnyin [[12.5.1978]] maalla.", "Olen syntynyt vuonna [[1961]].",
        "Jag är [[58 år gammal]].", "I am [[44 years old]].", "Född [[1978-05-12]].",
    ],
    "group": ["Olin ryhmässä [[4]].", "Ryhmä [[TV-2]] oli paras.", "Jag gick i grupp [[12]].", "Numeroni on [[JT-2026-017]]."],
    "plate": ["Autoni [[ABC-123]] jäi parkkiin."],
    "number": ["Asiakasnumeroni on [[12345678]]."],
    "staff": [
        "Opettaja [[Kaisa]] oli hyvä.", "Opettajamme, [[Raimo]], kuunteli.", "Kiitos ohjaaja [[Nisula]]!", "opettaja [[kaisa]] oli kiva",
        "Läraren [[Yngve]] var bra.", "Min handledare [[Gun-Britt Sund]] hjälpte.", "My trainer [[Deborah Smith]] was great.",
        "Uravalmentajalta [[Pirre Aholalta]] sain apua.", "Мій тренер [[Ольга]] допомогла.",
    ],
    "name": [
        "[[Kaisa]] oli paras.", "[[Matti]] kuunteli. [[Pekalta]] sain apua.", "Sain apua [[Anna-Maija Virtaselta]].", "Kiitos [[Jukalle]]!",
        "Ryhmää veti [[Hillevi]], ihana ihminen.", "[[M. Korhonen]] auttoi.", "Se oli [[M. Korhosen]] ansiota.", "Raportin teki [[Virtanen]].",
        "[[Hillevi Ketonen]] auttoi paljon.", "Kiitos esim. [[Markukselle]].", "kiitos [[annikalle]] ja [[jarmolle]]", "KIITOS [[KAISA]]",
        "Tack till [[Björn]] och [[Yngve Sund]]!", "I want to thank [[Deborah]] for this.", "Pääsin töihin [[Kivikon Konepajaan]].",
        "Дякую [[Олені]]!", "Спасибо [[Светлане Ивановой]]!", "المدرب كان جيدا، شكرا [[محمد]]", "Waxaan u mahadcelinayaa [[Fadumo]].",
    ],
}  # fmt: skip
PLAIN = """
Kurssi oli hyvä ja sain apua työnhakuun.
Annan arvosanan 5, koska opin paljon.
Ainoa huono asia oli ruoka. Pian alkoi työ.
Olin tyytyväinen. Millään ei ollut väliä, mutta Excel oli hyödyllinen.
Opin Exceliä ja Wordin käyttöä, ja CV:n sain kuntoon.
Kelan kanssa oli ongelmia. TE-toimistosta ei vastattu.
Kurssi alkoi 7.9.2026 klo 8.30 ja kesti 5 päivää.
Ryhmässä oli 12 henkilöä, ryhmä 8 hengen kokoinen olisi parempi.
Palkka 2500 euroa, tunteja 37,5 viikossa, 1 500 kilometriä.
Hyvää: ryhmä. Huonoa: tilat. Kehitettävää: aikataulu.
- Ihana ohjaaja
- Hyvä tila
Hyvä :) Kiitos kaikesta! Opettaja oli ihana. Opettajat olivat mukavia.
"Hyvä kurssi", sanoi ystävä. Suomessa on vaikea löytää työtä.
Toivon lisää käytäntöä. Onneksi oli tauko. Marraskuussa oli kylmä.
Vuosina 2025-2026 kävin kaksi kurssia, tyytyväisyys 4/5.
Det var bra. Jag tyckte om gruppen, men lokalen var kall på måndag.
Läraren var kunnig. Jag lärde mig mycket om Excel.
The course was good. I think the Monday group was too big, and I'd like more time.
I learned Finnish in May. My trainer was kind.
Курс був добрий. Дякую Вам за допомогу. Я вивчаю фінську мову.
Курс был полезным, спасибо Вам большое.
كانت الدورة جيدة جدا والمدرب صبور
Koorsadu way fiicnayd, waan ku faraxsanahay.
ei mitään
""".strip().splitlines()
HEALTH = {
    "Masennukseni helpotti kurssin aikana.": "Masennukseni", "Olin pitkään sairauslomalla.": "sairauslomalla",
    "Jag var sjukskriven länge.": "sjukskriven", "My anxiety got better.": "anxiety", "Після хвороби було важко.": "хвороби",
    "Lääkärini sanoi niin.": "Lääkärini", "Olen burnoutin jälkeen väsynyt.": "burnoutin",
}  # fmt: skip


def found(text: str, of: Known = redaction.NOTHING_KNOWN) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in suggestions(text, of)]


@pytest.mark.parametrize(("kind", "planted"), [(kind, text) for kind, texts in PLANTED.items() for text in texts])
def test_what_tells_who_somebody_is_is_found(kind: str, planted: str) -> None:
    """Each passage as a whole, nothing besides, with the right reason; and what is left holds none of it."""
    text = planted.replace("[[", "").replace("]]", "")
    passages = re.findall(r"\[\[(.+?)\]\]", planted)
    assert found(text) == [(kind, passage) for passage in passages]
    assert marked(text, suggestions(text)) == planted
    assert without(text, suggestions(text)) == re.sub(r"\[\[.+?\]\]", GAP, planted)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_are_left_alone(text: str) -> None:
    """In every language nothing is suggested that is no identifier; sizes, dates, prices and programs stay."""
    assert found(text) == []
    assert without(text, suggestions(text)) == text


@pytest.mark.parametrize(("text", "word"), HEALTH.items())
def test_health_is_only_warned_of(text: str, word: str) -> None:
    """The reader is told, and the text stays as it is."""
    assert found(text) == [("health", word)]
    (one,) = suggestions(text)
    assert not one.taken_out
    assert str(one.reason) == "It may tell of somebody's health. It is not taken out: decide yourself."
    assert marked(text, [one]) == without(text, [one]) == text


def test_a_sites_own_words_are_no_names(library: Library) -> None:
    """Its providers, municipalities and services, in the cases of Finnish; its groups are found however they stand."""
    ours = known(library)
    text = (
        "Järviseudun Valmennus toimi. Kävin kurssin Jämsässä, en Petäjävedellä, ja asun Joutsassa; kotona on Keuruulla."
    )
    assert found(text, ours) == []
    assert len(found(text)) == 5
    assert found("Olin siinä Uv-1 porukassa", ours) == [("group", "Uv-1")]
    assert ours.groups >= {"uv-1", "tv-4"}


def test_a_name_in_a_providers_name_is_still_a_name(library: Library) -> None:
    """An owner's name is not let through because the firm has it; the rest of the firm's name is."""
    providers = {**library.services.providers, "own": Provider(name="Valmennuspaja Kaisa Virtanen")}
    ours = known(replace(library, services=replace(library.services, providers=providers)))
    assert found("Kiitos avusta Valmennuspaja ja Virtanen ja Kaisa", ours) == [("name", "Virtanen"), ("name", "Kaisa")]


def test_neighbours_are_one_gap() -> None:
    """Spaces alone between two passages go with them; a word between stays; passages may overlap."""
    assert redacted("soita 040 nyt Kaisa Virtanen heti", [(14, 19), (20, 28), (6, 9)]) == "soita […] nyt […] heti"
    assert redacted("abcdef", [(0, 3), (2, 4)]) == "[…]ef"
    assert redacted("abc", []) == "abc"


@pytest.mark.parametrize("span", [(0, 4), (-1, 2), (2, 2), (3, 1)])
def test_a_passage_outside_the_text_is_refused(span: tuple[int, int]) -> None:
    """Whoever calls it with another text's passages is told, and nothing is cut at random."""
    with pytest.raises(ValueError, match=r"lies outside a text of 3 letters\.$"):
        redacted("abc", [span])


@pytest.mark.parametrize(
    ("role", "named"),
    [
        ("laatukoordinaattori", False), ("quality lead", False), ("HR-asiantuntija", False), ("TE-päällikkö", False),
        ("Kaisa", True), ("kaisa", True), ("laatukoordinaattori Nisula", True), ("Quality Lead", True),
    ],
)  # fmt: skip
def test_a_role_is_no_name(role: str, named: bool) -> None:
    """What stands in the store says which role decided; a capital letter inside is enough to ask once more."""
    assert may_name_somebody(role) is named


@pytest.mark.parametrize(
    ("word", "is_name"),
    [
        ("Matin", True), ("Pekalta", True), ("Markuksen", True), ("Tuomaalle", True), ("Erikille", True), ("Antin", True),
        ("Anna-Maijan", True), ("Ольгу", True), ("annan", False), ("Olin", False), ("Marraskuu", False), ("Kurssi", False),
    ],
)  # fmt: skip
def test_first_names_in_the_cases_of_finnish(word: str, is_name: bool) -> None:
    """Stems change as they do in Finnish; forms that far more often are other words are none."""
    assert names.is_given(word) is is_name


@given(st.text(max_size=400))
def test_any_text_has_suggestions_in_order(text: str) -> None:
    """Whatever somebody writes: passages lie inside the text, in order, apart, and can be taken out."""
    everything = suggestions(text)
    assert all(0 <= one.start < one.end <= len(text) for one in everything)
    assert all(one.end <= other.start for one, other in pairwise(everything))
    assert without(text, everything).count(GAP) <= len(everything) + text.count(GAP)
    assert marked(text, everything).replace("[[", "").replace("]]", "") == text.replace("[[", "").replace("]]", "")


@pytest.mark.parametrize(
    "part", ["0", "a", "a.", "A-", "ryhmä ", "katu 1", "1 ", "A. ", "Abc ", "FI21 ", "@a", "Kaisa "]
)
def test_long_texts_do_not_take_long(part: str, library: Library) -> None:
    """Twenty thousand letters of whatever could make a pattern go back and forth are looked at, as one text."""
    ours = known(library)
    assert isinstance(suggestions((part * 20_000)[:20_000], ours), tuple)


@given(st.text(max_size=200))
def test_pieces_make_up_the_text(text: str) -> None:
    """None is empty, and those with a suggestion are what was found."""
    found = suggestions(text)
    pieces = list(redaction.passages(text, found))
    assert "".join(piece for piece, _one in pieces) == text and all(piece for piece, _one in pieces)
    assert [(piece, one) for piece, one in pieces if one] == [(text[one.start : one.end], one) for one in found]


def test_each_different_passage_is_noted_once() -> None:
    """With why it was found, in the order of the text."""
    text = "Soita Kaisa, 040 123 4567. Kaisa auttoi."
    assert redaction.noted(text, suggestions(text)) == (
        ("Kaisa", redaction.REASONS["name"]), ("040 123 4567", redaction.REASONS["phone"]),
    )  # fmt: skip


def test_every_kind_has_a_reason() -> None:
    """Each suggestion says why it was made, in a sentence."""
    assert set(PLANTED) | {"health"} == set(redaction.REASONS)
    assert all(str(reason).endswith(".") for reason in redaction.REASONS.values())
    assert suggestions("Kaisa")[0] == Suggestion(start=0, end=5, kind="name", reason=redaction.REASONS["name"])
