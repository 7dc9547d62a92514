"""Every answered question is kept once, whole, and listed newest first."""

import json
from pathlib import Path
from typing import Any

import pytest

from florilegium.ablation.archive import HEADING, KEPT, NONE_YET, archive, paragraph, questions, require_writable
from florilegium.errors import FlorilegiumError


def answered(folder: Path, name: str = "tiny", effect: float = 0.5) -> tuple[Path, dict[str, Any]]:
    """Write an answer; give its folder and verdict."""
    verdict = {
        "name": name, "question": "Does it help?\n", "measure": {"unit": "bits per byte"}, "seeds": [1, 2, 3],
        "tokens": 5_000_000, "parameters": 1_053_824, "regime": "equal_tokens",
        "noise_floor": {"seed_deviation": 0.0123456},
        "arms": [{"name": "strict", "verdict": "keep", "effect": effect, "interval": [0.25, 0.75]}],
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for each in KEPT:
        (folder / each).write_bytes(f"{name} {effect} {each}".encode())
    (folder / "verdict.json").write_bytes(json.dumps(verdict).encode())
    (folder / "work").mkdir(exist_ok=True)
    return folder, verdict


def keep(kept: Path, made: tuple[Path, dict[str, Any]]) -> Path:
    return archive(made[0], kept, made[1])


def test_the_same_answer_is_kept_once_and_another_beside_it(tmp_path: Path) -> None:
    kept = tmp_path / "ablations"
    first = keep(kept, answered(tmp_path / "a"))
    assert keep(kept, answered(tmp_path / "a")) == first
    assert sorted(path.name for path in first.iterdir()) == sorted(KEPT)
    second = keep(kept, answered(tmp_path / "a", effect=0.6))
    assert second.name == f"{first.name}-2"
    other = keep(kept, answered(tmp_path / "b", name="tiny_2"))
    log = (kept / "LOG.md").read_text()
    assert log.startswith(HEADING) and log.count("**[") == 3
    order = [log.index(f"({each.name}/verdict.md)") for each in (other, second, first)]
    assert order == sorted(order)  # the newest on top
    assert not [path for path in kept.iterdir() if path.name.startswith(".")]


def test_questions_are_listed_newest_first(tmp_path: Path) -> None:
    for name in (
        "2026-01-02-a",
        "2026-01-02-a-2",
        "2026-01-02-a-10",
        "2025-12-31-b",
        "2026-01-10-c_2",
        "2026-01-02-no",
    ):
        (tmp_path / name).mkdir()
        if not name.endswith("no"):
            (tmp_path / name / "verdict.json").write_text(json.dumps({"name": name[11:].split("-")[0]}))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".2026-01-02-a.tmp").mkdir()
    found = [kept.folder.name for kept in questions(tmp_path)]
    assert found == ["2026-01-10-c_2", "2026-01-02-a-10", "2026-01-02-a-2", "2026-01-02-a", "2025-12-31-b"]
    assert next(questions(tmp_path)).date == "2026-01-10"
    assert list(questions(tmp_path / "none")) == []


def test_killed_between_folder_and_log_is_made_good(tmp_path: Path) -> None:
    kept = tmp_path / "ablations"
    made = answered(tmp_path / "a")
    first = archive(made[0], kept, made[1])
    (kept / "LOG.md").unlink()
    (kept / f".{first.name}-2.tmp").mkdir()
    assert archive(made[0], kept, made[1]) == first
    assert (kept / "LOG.md").read_text().count("**[") == 1
    made = answered(tmp_path / "a", effect=0.7)
    assert archive(made[0], kept, made[1]).name == f"{first.name}-2"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"{}", b"\xff\xfe"])
def test_damaged_verdict_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "2026-01-02-a").mkdir()
    (tmp_path / "2026-01-02-a" / "verdict.json").write_bytes(content)
    with pytest.raises(FlorilegiumError, match="2026-01-02-a/verdict.json is damaged .* Take it from version control"):
        list(questions(tmp_path))


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = answered(tmp_path / "a")
    with pytest.raises(FlorilegiumError, match="cannot be written .*--ablations"):
        archive(made[0], tmp_path / "file" / "below", made[1])


def test_paragraph_by_hand(tmp_path: Path) -> None:
    assert paragraph("2026-01-02-tiny", answered(tmp_path)[1]) == (
        "**[2026-01-02-tiny](2026-01-02-tiny/verdict.md)** Does it help? `strict` keep (+0.5 bits per byte, +0.25 to "
        "+0.75). 3 seeds, 5,000,000 tokens a run, 1,053,824 parameters, equal_tokens; one run deviates by 0.0123.\n"
    )


def test_the_first_question_takes_the_place_of_none_yet(tmp_path: Path) -> None:
    log = tmp_path / "LOG.md"
    log.write_text(f"{HEADING}\n{NONE_YET}. Wait.\n\nA word of ours.\n")
    first = keep(tmp_path, answered(tmp_path / "a"))
    second = keep(tmp_path, answered(tmp_path / "a", effect=0.6))
    heading, newest, older, word = log.read_text().split("\n\n")
    assert f"({second.name}/" in newest and f"({first.name}/" in older and word == "A word of ours.\n"
    assert f"{heading}\n" == HEADING


def test_the_log_of_the_repository_says_none_yet_or_has_an_entry() -> None:
    log = (Path(__file__).parents[2] / "ablations" / "LOG.md").read_text()
    assert (NONE_YET in log) != ("**[" in log)


def test_a_place_that_cannot_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FlorilegiumError, match="file: cannot be written .*--ablations"):
        require_writable(tmp_path / "file")
    require_writable(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
