"""Texts in many languages, and a plain reference for py3langid."""

from pathlib import Path

import pytest

#: One short text for each language that the models of these tests know (written for these tests).
SENTENCES = {
    "en": "The children walked to the river and threw stones into the water until the sun went down.",
    "de": "Die Kinder gingen zum Fluss und warfen Steine ins Wasser, bis die Sonne unterging.",
    "fr": "Les enfants sont allés à la rivière et ont jeté des pierres dans l'eau jusqu'au coucher du soleil.",
    "ru": "Дети пошли к реке и бросали камни в воду, пока не зашло солнце.",
    "el": "Τα παιδιά πήγαν στο ποτάμι και πετούσαν πέτρες στο νερό μέχρι τη δύση του ήλιου.",
    "ja": "子供たちは川へ行って、日が沈むまで水に石を投げていました。",
    "zh": "孩子们走到河边，往水里扔石头，一直玩到太阳下山。",
    "ko": "아이들은 강으로 가서 해가 질 때까지 물에 돌을 던졌습니다.",
    "ar": "ذهب الأطفال إلى النهر ورموا الحجارة في الماء حتى غروب الشمس.",
    "hi": "बच्चे नदी पर गए और सूरज डूबने तक पानी में पत्थर फेंकते रहे।",
    "th": "เด็กๆ เดินไปที่แม่น้ำและขว้างก้อนหินลงในน้ำจนพระอาทิตย์ตก",
}


@pytest.fixture(scope="session")
def sentences() -> dict[str, str]:
    """Language -> a text in it."""
    return SENTENCES


@pytest.fixture(scope="session")
def labelled_like_glotlid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fastText model of English, Chinese (in traditional characters) and Arabic with labels like those of GlotLID."""
    return _train(
        tmp_path_factory.mktemp("glotlid"),
        {"eng_Latn": SENTENCES["en"], "zho_Hant": "孩子 們 走到 河邊 往 水裡 扔 石頭", "arb_Arab": SENTENCES["ar"]},
    )


@pytest.fixture(scope="session")
def labelled_like_lid176(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fastText model of English, German and Alemannic with labels like those of lid.176."""
    alemannic = "D Chinder sind zum Fluss gange und händ Stei is Wasser gworfe, bis d Sunne undergange isch."
    return _train(tmp_path_factory.mktemp("lid"), {"en": SENTENCES["en"], "de": SENTENCES["de"], "als": alemannic})


@pytest.fixture(scope="session")
def labelled_otherwise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fastText model whose labels are no languages."""
    return _train(tmp_path_factory.mktemp("other"), {"hq": "good text", "english": "bad text"})


def _train(folder: Path, texts: dict[str, str]) -> Path:
    import fasttext

    (folder / "train.txt").write_text("".join(f"__label__{label} {text}\n" for label, text in texts.items()) * 20)
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=50, lr=0.5, minn=2, maxn=3, bucket=5000, thread=1, seed=7, verbose=0
    )
    model.save_model(str(folder / "model.bin"))
    return folder / "model.bin"
