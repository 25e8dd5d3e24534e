"""An instrument that uses every type of question, for tests: `check` has nothing to say about it."""

from __future__ import annotations

EVERY = """\
instrument: kaikki
version: 2
languages: [fi, sv]
title: {fi: Kaikki, sv: Allt}
waves: [start, end]
respondent: coach
target_minutes: 30
intro: {fi: "Palvelu on {service}.", sv: "Tjänsten är {service}."}
review: {sv: needed}
accepted: [REVIEW-NEEDED]
scales:
  steps:
    reworded: 2
    options:
      - {value: 1, label: {fi: Huono, sv: Dålig}, score: 0, image: images/a.svg}
      - {value: 2, label: {fi: Hyvä, sv: Bra}, score: 2.5}
      - {value: 9, label: {fi: En tiedä, sv: Vet ej}, missing: dont_know}
  things:
    options:
      - {value: a, label: {fi: Yksi, sv: Ett}}
      - {value: b, label: {fi: Kaksi, sv: Två}}
      - {value: c, label: {fi: Kolme, sv: Tre}, other: true}
      - {value: none, label: {fi: Ei mikään, sv: Inget}, exclusive: true}
dimensions:
  now:
    title: {fi: Nyt, sv: Nu}
    items: [g1, g2, zero, hours]
    minimum_answered: 2
    range: [0, 10]
    accepted: [MIXED-DIRECTION]
    reference: {sd: 2.5, reliability: 0.8, source: Alue}
  before: {title: {fi: Ennen, sv: Förut}, items: [past], minimum_answered: 1, measurement: formative}
sections:
  - items:
      - {id: intro, type: note, audio: {fi: audio/a.mp3}, text: {fi: Lue tämä., sv: Läs det här.}}
      - {id: route, type: hidden, value: web, text: {fi: Kanava, sv: Kanal}, options: [{value: sms, label: {fi: x, sv: y}}]}
      - {id: working, type: yes_no, outcome: employment, text: {fi: Töissä, sv: I arbete}}
      - {id: kind, type: dropdown, scale: things, text: {fi: Mikä, sv: Vad}, show_if: "working == 'yes'", required: soft}
      - {id: which, type: single, scale: things, text: {fi: Mikä, sv: Vilken}, required: hard}
      - {id: many, type: multiple, scale: things, at_least: 1, at_most: 2, text: {fi: Mitkä, sv: Vilka}}
      - {id: best, type: rank, at_most: 2, text: {fi: Paras, sv: Bäst}, options: [{value: p, label: {fi: P, sv: P}}, {value: q, label: {fi: Q, sv: Q}}]}
  - title: {fi: Luvut, sv: Tal}
    intro: {fi: Lukuja, sv: Tal}
    show_if: "which in ['a', 'b'] and not (route == 'sms')"
    items:
      - id: g
        type: grid
        scale: steps
        waves: [start, end]
        text: {fi: Kuinka usein, sv: Hur ofta}
        rows:
          - {id: g1, text: {fi: Nukut, sv: Sover}, audio: {sv: audio/a.mp3}}
          - {id: g2, text: {fi: Väsyt, sv: Är trött}, reverse: true, hint: {fi: Vihje, sv: Tips}, reworded: 2}
      - {id: past, type: likert, scale: steps, then: true, anchor: true, text: {fi: Ennen, sv: Förut}}
      - id: zero
        type: scale
        minimum: 0
        maximum: 10
        low: {fi: Ei lainkaan, sv: Inte alls}
        high: {fi: Täysin, sv: Helt}
        options: [{value: 99, label: {fi: Ohita, sv: Hoppa}, missing: prefer_not}]
        text: {fi: Kuinka, sv: Hur}
      - {id: hours, type: integer, minimum: 0, maximum: 60, unit: {fi: h, sv: h}, text: {fi: Tunteja, sv: Timmar}, show_if: "g1 == 2"}
      - {id: pay, type: decimal, decimals: 2, text: {fi: Palkka, sv: Lön}}
      - {id: total, type: calculated, calculate: "hours * 4 + mean(pay, zero)", text: {fi: Summa, sv: Summa}}
      - {id: born, type: year, minimum: 1930, maximum: today, text: {fi: Vuosi, sv: År}}
      - {id: began, type: date, minimum: 2020-01-01, maximum: today, text: {fi: Alku, sv: Start}}
      - id: ended
        type: date
        text: {fi: Loppu, sv: Slut}
        constraints: [{rule: "ended >= began", message: {fi: Loppu on ennen alkua., sv: Slutet är före starten.}}]
      - {id: paid, type: month, text: {fi: Kuukausi, sv: Månad}, show_if: "began > '2021-01-01'"}
      - {id: wakes, type: time, minimum: "04:30", text: {fi: Herätys, sv: Väckning}, waves: [start, end]}
  - items:
      - {id: ill, type: text, max_length: 100, sensitive: true, ground: health, text: {fi: Terveys, sv: Hälsa}}
      - {id: words, type: long_text, text: {fi: Sanoja, sv: Ord}}
      - {id: may, type: consent, text: {fi: Saa soittaa, sv: Får ringa}}
      - {id: mail, type: email, text: {fi: Posti, sv: Post}, show_if: "answered(may)"}
      - {id: tel, type: phone, text: {fi: Puhelin, sv: Telefon}, show_if: "may == 'yes'"}
alarms:
  - {item: g2, above: 1, to: [area]}
thanks:
  - {item: zero, above: 8, at_least: 3, to: [provider]}
"""
