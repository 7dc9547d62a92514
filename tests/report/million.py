"""Write many short documents as JSON lines, with a recipe beside them: what report.html must be able to bear.

python -m tests.report.million FOLDER [DOCUMENTS]
florilegium curate FOLDER/million.yaml --runs FOLDER/runs
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from florilegium.signals.stop_words import stop_words

RECIPE = """\
name: million
sources:
  - {name: heap, kind: jsonl, files: "heap-*.jsonl", id: id, licence: CC0-1.0}
measure:
  - language: {}
  - signals: [gopher_quality, gopher_repetition]
  - signatures: {bands: 1, rows: 1}
decide:
  - rules: [gopher_repetition, gopher_quality]
  - deduplicate: {by: [text]}
release: {shard_size: 100MB}
run: {workers: 2, task_size: 20MB}
"""
LANGUAGES = ("en", "de", "fr", "sv", "pl", "it")
FILES = 20


def write_million(folder: Path, documents: int = 1_000_000) -> Path:
    """Write ``documents`` documents of about 300 characters into 20 files; give the recipe that curates them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = _documents(random.Random(7), documents)
    for number in range(FILES):
        count = documents // FILES + (number < documents % FILES)
        with (folder / f"heap-{number:02d}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(next(lines), ensure_ascii=False) + "\n" for _ in range(count))
    recipe = folder / "million.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return recipe


def _documents(draw: random.Random, documents: int) -> Iterator[dict[str, object]]:
    """Give documents of several languages and hosts: prose, lists, repeated lines, and copies of earlier ones."""
    pool = {language: _sentences(draw, language) for language in LANGUAGES}
    hosts = [f"{draw.choice(('www', 'blog', 'news'))}.site{number}.example" for number in range(2000)]
    earlier = ""
    for number in range(documents):
        language = LANGUAGES[min(int(draw.expovariate(0.9)), len(LANGUAGES) - 1)]
        chosen = draw.choices(pool[language], k=1 + int(draw.lognormvariate(1.4, 0.6)))
        kind = draw.random()
        text = " ".join(chosen)
        if kind < 0.03:
            text = earlier
        elif kind < 0.06:
            text = "\n".join([chosen[0]] * len(chosen))
        elif kind < 0.09:
            text = "\n".join(f"- {sentence}" for sentence in chosen)
        elif kind < 0.10:
            text = f"{number} {number * 7} {number * 31} # " * 9
        elif number % 50 == 0:
            earlier = text
        host = hosts[min(int(draw.paretovariate(0.7)) - 1, len(hosts) - 1)]
        yield {
            "id": str(number),
            "text": text or "nothing yet",
            "url": f"https://{host}/{number}",
            "language": language,
        }


def _sentences(draw: random.Random, language: str, count: int = 3000) -> list[str]:
    """Give sentences of invented words between the function words of a language."""
    common = sorted(stop_words()[language])
    letters = "aeiou", "bdfgklmnprstv"
    invented = ["".join(draw.choice(letters[n % 2]) for n in range(draw.randint(3, 10))) for _ in range(800)]
    made = []
    for _ in range(count):
        words = [
            draw.choice(common) if draw.random() < 0.4 else draw.choice(invented) for _ in range(draw.randint(6, 14))
        ]
        made.append(" ".join(words).capitalize() + draw.choice((".", ".", ".", "!", " ...")))
    return made


if __name__ == "__main__":
    print(write_million(Path(sys.argv[1]), *(int(value) for value in sys.argv[2:3])))
