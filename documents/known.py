"""Which documents there are: what each is called, what it is for and who needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("fi", "sv")
"""A document is whole in Finnish, and a summary in Swedish."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A document: its templates are `site_templates/documents/<name>.<language>.md.j2`. The texts are for lists."""

    name: str
    title: Mapping[str, str]
    purpose: Mapping[str, str]
    reader: Mapping[str, str]


KNOWN = (
    Known(
        name="start",
        title={"fi": "Aloitusopas", "sv": "Startguide", "en": "Start guide"},
        purpose={
            "fi": "Yksi sivu: missä järjestyksessä ensimmäinen mittaus valmistellaan.",
            "sv": "En sida: i vilken ordning den första mätningen förbereds.",
            "en": "One page: what to do, and in which order, before the first measurement.",
        },
        reader={"fi": "Suunnittelija", "sv": "Planeraren", "en": "The planner"},
    ),
    Known(
        name="impact-assessment",
        title={
            "fi": "Tietosuojan vaikutustenarviointi",
            "sv": "Konsekvensbedömning avseende dataskydd",
            "en": "Data protection impact assessment",
        },
        purpose={
            "fi": "Riskit ihmisille ja se, mitä niille tehdään. Tehdään ennen kuin ensimmäinen ihminen vastaa.",
            "sv": "Riskerna för människor och vad som görs åt dem. Görs innan den första personen svarar.",
            "en": "The risks to people, and what is done about them. Made before the first person answers.",
        },
        reader={
            "fi": "Tietosuojavastaava, lakimies ja alueen johto",
            "sv": "Dataskyddsombudet, juristen och områdets ledning",
            "en": "The data protection officer, the lawyer and the area's management",
        },
    ),
    Known(
        name="record",
        title={"fi": "Seloste käsittelytoimista", "sv": "Register över behandling", "en": "Record of processing"},
        purpose={
            "fi": "Mitä tietoja käsitellään, miksi, kuka ja kuinka kauan. Pidetään ajan tasalla.",
            "sv": "Vilka uppgifter som behandlas, varför, av vem och hur länge. Hålls uppdaterat.",
            "en": "Which data are processed, why, by whom and for how long. To be kept up to date.",
        },
        reader={"fi": "Tietosuojavastaava", "sv": "Dataskyddsombudet", "en": "The data protection officer"},
    ),
    Known(
        name="privacy-notice",
        title={
            "fi": "Tietosuojaseloste vastaajille: tarkistuspaperi",
            "sv": "Dataskyddsbeskrivning för svarande: underlag för granskning",
            "en": "Privacy notice for respondents: a paper to check it by",
        },
        purpose={
            "fi": "Mitä vastaajalle on kerrottava, ja sivuston seloste sen rinnalla.",
            "sv": "Vad den som svarar ska få veta, och webbplatsens beskrivning bredvid.",
            "en": "What respondents must be told, with the site's own notice beside it.",
        },
        reader={
            "fi": "Tietosuojavastaava ja suunnittelija",
            "sv": "Dataskyddsombudet och planeraren",
            "en": "The data protection officer and the planner",
        },
    ),
    Known(
        name="processor-terms",
        title={
            "fi": "Henkilötietojen käsittelyn ehdot",
            "sv": "Villkor för behandling av personuppgifter",
            "en": "Terms for processors",
        },
        purpose={
            "fi": "Sopimuksen liite koodilappuja jakavalle palveluntuottajalle ja palvelimen ylläpitäjälle.",
            "sv": "Avtalsbilaga för den tjänsteproducent som delar ut kodlappar och för den som driver servern.",
            "en": "An annex to contracts with providers who hand out slips, and with whoever runs the server.",
        },
        reader={
            "fi": "Lakimies ja hankinnasta vastaava",
            "sv": "Juristen och den som ansvarar för upphandlingen",
            "en": "The lawyer and whoever is in charge of procurement",
        },
    ),
    Known(
        name="roles",
        title={"fi": "Roolit ja vastuut", "sv": "Roller och ansvar", "en": "Roles and responsibilities"},
        purpose={
            "fi": "Kuka tekee mitä ja kuka näkee mitä. Tähän kirjataan nimet.",
            "sv": "Vem gör vad och vem ser vad. Här antecknas namnen.",
            "en": "Who does what, and who sees what. Names are written here.",
        },
        reader={
            "fi": "Kaikki, jotka hoitavat mittausta",
            "sv": "Alla som sköter mätningen",
            "en": "Everybody who runs measurements",
        },
    ),
    Known(
        name="retention",
        title={"fi": "Säilytyssuunnitelma", "sv": "Plan för bevarande", "en": "Retention plan"},
        purpose={
            "fi": "Kuinka kauan mitäkin säilytetään ja miten se poistetaan.",
            "sv": "Hur länge varje uppgift bevaras och hur den raderas.",
            "en": "For how long what is kept, and how it is removed.",
        },
        reader={
            "fi": "Tietosuojavastaava, asiakirjahallinto ja ylläpitäjä",
            "sv": "Dataskyddsombudet, dokumentförvaltningen och den som driver servern",
            "en": "The data protection officer, records management and the operator",
        },
    ),
    Known(
        name="coaches",
        title={"fi": "Ohje valmentajille", "sv": "Anvisning för coacher", "en": "Instructions for coaches"},
        purpose={
            "fi": "Miten koodilaput jaetaan ja mitä vastaajalle sanotaan. Ryhmätapaaminen vaihe vaiheelta.",
            "sv": "Hur kodlapparna delas ut och vad man säger till den som svarar. En gruppträff steg för steg.",
            "en": "How to hand out slips, and what to say. A group session step by step.",
        },
        reader={
            "fi": "Palveluntuottajan valmentajat",
            "sv": "Tjänsteproducentens coacher",
            "en": "The provider's coaches",
        },
    ),
    Known(
        name="operators",
        title={"fi": "Ohje ylläpitäjälle", "sv": "Anvisning för den som driver servern", "en": "Operator's guide"},
        purpose={
            "fi": "Missä Mittari voi toimia, mitä asennetaan ja mitä tehdään joka yö ja joka kuukausi.",
            "sv": "Var Mittari kan köras, vad som installeras och vad som görs varje natt och varje månad.",
            "en": "Where Mittari can run, what to install, and what to do each night and each month.",
        },
        reader={"fi": "Tietohallinto", "sv": "Dataförvaltningen", "en": "IT"},
    ),
    Known(
        name="procurement",
        title={
            "fi": "Teksti hankintailmoitukseen ja sopimukseen",
            "sv": "Text till upphandlingsannonsen och avtalet",
            "en": "Text for the procurement notice and the contract",
        },
        purpose={
            "fi": "Mittaaminen osana ostettavaa palvelua: mitä tuottaja tekee, mitä raportoidaan, tulospalkkion ehdot.",
            "sv": "Mätningen som en del av den köpta tjänsten: producentens uppgifter, rapporterna, resultatarvode.",
            "en": "Measuring as a part of the service that is bought: duties, reports, payment by results.",
        },
        reader={
            "fi": "Hankinnasta vastaava ja lakimies",
            "sv": "Den som ansvarar för upphandlingen, och juristen",
            "en": "Whoever is in charge of procurement, and the lawyer",
        },
    ),
)
"""In the order in which they are needed."""
BY_NAME: Mapping[str, Known] = {known.name: known for known in KNOWN}
