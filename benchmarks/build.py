"""How fast pages are published: beside a plain loop over the same templates and beside Hugo, in one run.

    apt-get install hugo                       # once, as root
    .venv/bin/python benchmarks/build.py [COPIES] [ROUNDS]

Writes COPIES (100) of the 35-question instrument in 6 languages at 3 waves, and builds them, each in a process of its
own:

- ours: `python build.py`, from reading and checking the YAML to the compressed files beside the pages;
- loop: a plain loop on one core, `survey.pages` with nothing kept between pages; reading is not counted;
- hugo: a site of the same questions with a template that makes the same pages (count and bytes are printed);
- hugo+gz: the same with `gzip -9` over its pages on two cores, since ours are written with their compressed twins.

Then one instrument is edited and ours builds again; and twice as many copies are built, to see that the memory of the
largest process does not follow. Figures are medians of ROUNDS (3) that take turns, and their ratios.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import build as publishing  # noqa: E402 - a script outside the packages finds them only now
from survey import pages, reading  # noqa: E402
from survey.model import Instrument  # noqa: E402
from survey.pages import QuestionPage  # noqa: E402

SOURCE = ROOT / "benchmarks" / "instruments"
LANGUAGES = ("fi", "sv", "en", "fi-simple", "uk", "ar")
WAVES = ("start", "end", "followup_6")
_ENGLISH = re.compile(r'\{en: ("[^"]*"|[^{}]*)\}')
_BLOCK = re.compile(r"(\n +)en: (\|\n[^\n]+|[^\n]+)")


def material(folder: Path, copies: int) -> None:
    """Writes a folder with so many instruments; each language has texts of its own of the same length."""
    folder.mkdir(parents=True)
    site = _translated((SOURCE / "site.yaml").read_text(encoding="utf-8"))
    names = ", ".join(f"{language}: {language}" for language in LANGUAGES)
    site = site.replace("languages: [en]", f"languages: [{', '.join(LANGUAGES)}]", 1)
    site = re.sub(r"language_names: \{.*\}", f"language_names: {{{names}}}", site)
    later = _translated(
        "\n  end: {title: {en: At the end}, at: end, open: [-14, 30]}"
        "\n  followup_6: {title: {en: Six months after}, after: end, months: 6, open: [-30, 30]}"
    )
    site = re.sub(r"(\n  start: .*)", lambda found: found[1] + later, site)
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    services = _translated((SOURCE / "services.yaml").read_text(encoding="utf-8"))
    (folder / "services.yaml").write_text(services.replace("vertailu@1", "vertailu-0@1"), encoding="utf-8")
    text = _translated((SOURCE / "vertailu.yaml").read_text(encoding="utf-8"))
    text = text.replace("languages: [en]", f"languages: [{', '.join(LANGUAGES)}]")
    text = text.replace("waves: [start]", f"waves: [{', '.join(WAVES)}]")
    for number in range(copies):
        own = text.replace("instrument: vertailu\n", f"instrument: vertailu-{number}\n")
        (folder / f"vertailu-{number}.yaml").write_text(own, encoding="utf-8")


def _translated(text: str) -> str:
    def each(found: re.Match[str]) -> str:
        words = found[1].strip('"')
        return "{" + ", ".join(f'{language}: "{words}"' for language in LANGUAGES) + "}"

    def block(found: re.Match[str]) -> str:
        return "".join(f"{found[1]}{language}: {found[2]}" for language in LANGUAGES)

    return _BLOCK.sub(block, _ENGLISH.sub(each, text))


# --- the three ------------------------------------------------------------------------------------


def ours(folder: Path, output: Path) -> float:
    return _timed([sys.executable, str(ROOT / "build.py"), str(folder), "--output", str(output), "--drafts"])


def loop(folder: Path, output: Path) -> float:
    return float(_run([sys.executable, __file__, "--loop", str(folder), str(output)]))


def _loop(folder: Path, output: Path) -> None:
    """The plain loop itself; prints the seconds that it took."""
    library = reading.read_library(folder).library
    assert library is not None
    messages = {language: publishing.read_messages(language) for language in library.site.languages}
    assets, _files = publishing.site_assets(library, lambda name: (folder / name).read_bytes())
    begun = time.perf_counter()
    for instrument in library.instruments.values():
        for wave in instrument.waves:
            for language in instrument.languages:
                page = QuestionPage(
                    library=library,
                    language=language,
                    messages=messages[language],
                    assets=assets,
                    instrument=instrument,
                    wave=wave,
                )
                path = output / pages.questionnaire_path(instrument, wave, language)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(pages.questionnaire(page).encode())
    print(time.perf_counter() - begun)


def hugo_site(folder: Path, copies: int, like: str) -> None:
    """A Hugo site whose template makes the page `like` of each content file, from the questions in its front matter."""
    library = reading.read_library(SOURCE).library
    assert library is not None
    (instrument,) = library.instruments.values()
    before, _, rest = like.partition('<section id="s-0">')
    _, _, after = rest.rpartition("</section>\n<section>")
    (folder / "layouts" / "_default").mkdir(parents=True)
    (folder / "layouts" / "_default" / "single.html").write_text(
        f"{before}{_HUGO}<section>{after}".replace("{{.", "{{ ."), encoding="utf-8"
    )
    (folder / "config.toml").write_text(
        'baseURL = "/"\ndisableKinds = ["home", "section", "taxonomy", "term", "RSS", "sitemap", "404"]\n',
        encoding="utf-8",
    )
    content = folder / "content"
    for language in LANGUAGES:
        (content / language).mkdir(parents=True)
        for number in range(copies):
            for wave in WAVES:
                path = content / language / f"vertailu-{number}-v1-{wave}.md"
                path.write_text(json.dumps({"title": wave, **_front(instrument)}) + "\n", encoding="utf-8")


def _front(instrument: Instrument) -> dict[str, object]:
    return {
        "parts": [
            {
                "title": (section.title or {})["en"],
                "intro": (section.intro or {"en": ""})["en"],
                "questions": [
                    {
                        "id": item.id,
                        "kind": item.type,
                        "text": item.text["en"],
                        "options": [{"value": o.value, "label": o.label["en"]} for o in instrument.options(item)],
                    }
                    for item in section.items
                ],
            }
            for section in instrument.sections
        ]
    }


_HUGO = """{{range .Params.parts}}<section>
<h2>{{.title}}</h2>
<p>{{.intro}}</p>
{{range .questions}}{{$id := .id}}{{if .options}}
<fieldset class="q" id="q-{{.id}}">
<legend>{{.text}}</legend>
<div class="{{if eq .kind "likert"}}steps{{else}}list{{end}}">
{{range $n, $o := .options}}<label><input type="radio"{{if eq $n 0}} id="i-{{$id}}"{{end}}
name="{{$id}}" value="{{.value}}"><span>{{.label}}</span></label>
{{end}}</div>
</fieldset>
{{else}}
<div class="q" id="q-{{.id}}">
<label for="i-{{.id}}">{{.text}}</label>
<input id="i-{{.id}}" name="{{.id}}" type="text" class="short" inputmode="numeric" autocomplete="off" value="">
</div>
{{end}}{{end}}</section>
{{end}}"""


def hugo(folder: Path, output: Path) -> float:
    return _timed(["hugo", "--quiet", "--source", str(folder), "--destination", str(output)])


def hugo_compressed(folder: Path, output: Path) -> float:
    begun = time.perf_counter()
    hugo(folder, output)
    _run(["sh", "-c", f"find '{output}' -name '*.html' -print0 | xargs -0 -P2 -n100 gzip -9 -k -n"])
    return time.perf_counter() - begun


def _timed(command: list[str]) -> float:
    begun = time.perf_counter()
    _run(command)
    return time.perf_counter() - begun


def _run(command: list[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{run.stdout}{run.stderr}")
    return run.stdout


# --- all together ---------------------------------------------------------------------------------


MADE = (("ours", "in", ours), ("loop", "in", loop), ("hugo", "hugo", hugo), ("hugo+gz", "hugo", hugo_compressed))


def main(copies: int = 100, rounds: int = 3) -> None:
    if shutil.which("hugo") is None:
        raise SystemExit("Hugo is not installed. As root: apt-get install hugo")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        material(work / "in", copies)
        ours(work / "in", work / "ours")
        like = (work / "ours" / "site" / "en" / "vertailu-0-v1-start.html").read_text(encoding="utf-8")
        hugo_site(work / "hugo", copies, like)
        took: dict[str, list[float]] = {"ours": [], "loop": [], "hugo": [], "hugo+gz": []}
        for number in range(rounds):
            for kind, source, make in MADE:
                shutil.rmtree(work / f"{kind}-{number - 1}", ignore_errors=True)
                took[kind].append(make(work / source, work / f"{kind}-{number}"))
        count = copies * len(LANGUAGES) * len(WAVES)
        speed = {kind: count / statistics.median(seconds) for kind, seconds in took.items()}
        print(f"{count} questionnaires, {copies} instruments × {len(LANGUAGES)} languages × {len(WAVES)} waves")
        for kind, seconds in took.items():
            made = list((work / f"{kind}-{rounds - 1}").rglob("*vertailu*.html"))
            made += list((work / f"{kind}-{rounds - 1}").rglob("vertailu*/index.html"))
            size = statistics.mean(path.stat().st_size for path in made)
            spread = ", ".join(f"{one:.2f}" for one in sorted(seconds))
            print(f"  {kind}: {len(made)} pages of {size:,.0f} bytes, {speed[kind]:,.0f} pages/s ({spread} s)")
        for other in ("hugo", "hugo+gz", "loop"):
            print(f"  ours ÷ {other} {speed['ours'] / speed[other]:.2f}")
        _edited(work, rounds)
        _doubled(work, copies)


def _edited(work: Path, rounds: int) -> None:
    """One instrument is edited, and the same folder is built again."""
    output = work / f"ours-{rounds - 1}"
    path = work / "in" / "vertailu-0.yaml"
    text = path.read_text(encoding="utf-8")
    seconds = []
    for number in range(rounds):
        path.write_text(text.replace("You may skip", f"Changed {number} times. You may skip"), encoding="utf-8")
        seconds.append(ours(work / "in", output))
    print(f"  one of them edited, built again: {statistics.median(seconds):.2f} s")


def _doubled(work: Path, copies: int) -> None:
    """The memory of the largest process of a build, and of one of twice as much."""
    material(work / "twice", 2 * copies)
    peaks = [_peak(work / folder, work / f"{folder}-peak") for folder in ("in", "twice")]
    print(f"  the largest process: {peaks[0]:,.0f} MiB; with twice as many instruments {peaks[1]:,.0f} MiB")


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def _peak(folder: Path, output: Path) -> float:
    build = [sys.executable, str(ROOT / "build.py"), str(folder), "--output", str(output), "--drafts"]
    return float(_run([sys.executable, "-c", _MEASURED, *build]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--loop"]:
        _loop(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(*(int(argument) for argument in sys.argv[1:3]))
