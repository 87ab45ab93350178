import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import clean, fold, is_storable

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything)
def test_case_and_composition_do_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    if text.isascii():
        assert fold(text.upper()) == fold(text.lower()) == fold(text.title())


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_way_folds_like_the_slow_one(text: str) -> None:
    assert fold(f"{text} é") == f"{fold(text)} e".strip()


@given(anything)
def test_a_folded_text_is_words_of_letters_and_digits(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert {unicodedata.category(character)[0] for character in folded} <= set("LNMZ")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Ọjà Ẹ̀kọ́ ṣíṣe", "oja eko sise", id="yoruba"),
        pytest.param("Ƙarfe ɗaya, ɓauna; ƴan kasuwa", "karfe daya bauna yan kasuwa", id="hausa"),
        pytest.param("ʼYan Ɗan’uwa", "yan dan uwa", id="hausa-apostrophes"),
        pytest.param("Ɔkɔtɔ ne Ɛdan", "okoto ne edan", id="twi"),
        pytest.param("Ŋutsu ƒe Ɖevi ɣe", "nutsu fe devi ge", id="ewe"),
        pytest.param("إدَارَةُ الأعمال", "اداره الاعمال", id="arabic-hamza-and-harakat"),
        pytest.param("آلة ٱلله مؤسسة شئون", "اله الله موسسه شيون", id="arabic-carriers"),
        pytest.param("ســـوق مصطفى", "سوق مصطفي", id="arabic-tatweel"),
        pytest.param("٣٤٥ و ۶۷، ١٬٠٠٠؟", "345 و 67 1 000", id="arabic-digits"),
        pytest.param("ﻼ ﷲ", "لا الله", id="arabic-presentation-forms"),
        pytest.param("L’huile d'ŒUVRE à Béjaïa", "l huile d oeuvre a bejaia", id="french"),
        pytest.param("N’Djamena, M'Bour", "ndjamena mbour", id="names"),
        pytest.param("São Tomé: AÇÃO", "sao tome acao", id="portuguese"),
        pytest.param("Ng'ombe na nyang’anya", "ngombe na nyanganya", id="swahili"),
        pytest.param("ǃGaris", "garis", id="khoekhoe"),
        pytest.param("Straße ½ kg", "strasse 1 2 kg", id="expansions"),
        pytest.param("a\u200bb\u00adc\u202e", "abc", id="invisible"),
        pytest.param("₦5,000/kg — 50% off!", "5 000 kg 50 off", id="symbols"),
        pytest.param("አዲስ አበባ፡ሰላም።", "አዲስ አበባ ሰላም", id="amharic"),
        pytest.param("", "", id="empty"),
        pytest.param("!?", "", id="nothing-but-marks"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(anything)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Fresh \t  tomatoes ", "Fresh tomatoes"),
        ("one  \r\n  two\r\n\r\nthree\n", "one\ntwo\n\nthree"),
        ("1\u00a0000\u202fF", "1 000 F"),
        ("Be\u0301jai\u0308a", "Béjaïa"),
    ],
)
def test_cleaning(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn"))))
def test_ordinary_text_is_storable(text: str) -> None:
    assert is_storable(text)
    assert is_storable(f"{text}\n\t")


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x0b",
        "\x1b",
        "\r",
        "\x7f",
        "\x85",
        "\ud800",
        "\ufdd0",
        "\uffff",
        "\U0010fffe",
    ],
)
def test_dangerous_text_is_not_storable(character: str) -> None:
    assert not is_storable(f"a{character}b")
