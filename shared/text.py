"""Text as it is stored, and text as it is searched.

Folding happens here and not in PostgreSQL: `unaccent` is not immutable, leaves ɔ alone and knows
nothing of Arabic, and no dictionary there speaks Hausa, Yoruba, Twi or Swahili. The same function
folds what is stored and what is asked for, so both sides always agree.
"""

import re
import unicodedata
from typing import Final

_SPACE: Final = " "
_APOSTROPHE: Final = "'"

# Letters that Unicode does not decompose, folded to what people type on a phone without them.
_LETTERS: Final = dict(
    zip(
        "øłđðħŧıȷĸŋɲƞɔɛǝəɓƀɗɖƙƥƭʈƴƒɣɠɡʋʌɑɪɩɨʊʉɵƈɦ",
        "olddhtijknnnoeeebbddkpttyfgggvaaiiiuuoch",
        strict=True,
    )
)
_LIGATURES: Final = {"æ": "ae", "œ": "oe", "þ": "th", "ʃ": "sh", "ʒ": "zh"}
# Arabic letters with no decomposition, and the Persian and Urdu forms of the same letters.
_ARABIC: Final = dict(zip("ٱىةیےېکڪہھەۃں", "ايهيييككههههن", strict=True))
# Glottal stops, tatweel, and the half rings that transliterations write for ع and ء.
_UNSAID: Final = dict.fromkeys("ʔɂـʾʿˈ", "")
_APOSTROPHES: Final = (
    "'\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u0060\u00b4\ua78b\ua78c\uff07"
)
# Khoekhoe clicks are letters, but are typed as an exclamation mark, a bar or a slash.
_CLICKS: Final = "\u01c0\u01c1\u01c2\u01c3"

# Past these blocks every character costs one look-up a time; before them it is kept.
_KEPT_BELOW: Final = 0x3000


class _Folding(dict[int, str]):
    """What one code point becomes; filled as text is met, for a whole table takes 300 ms."""

    def __missing__(self, code: int) -> str:
        folded = _folded_character(chr(code))
        if code < _KEPT_BELOW:
            self[code] = folded
        return folded


def _folded_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"Mn", "Me", "Cf"}:
        return ""
    if category[0] in "LN" or category == "Mc":
        return character
    return _SPACE


_FOLDING: Final = _Folding(
    {ord(letter): folded for letter, folded in (_LETTERS | _LIGATURES | _ARABIC | _UNSAID).items()}
)
_FOLDING.update(dict.fromkeys(map(ord, _APOSTROPHES), _APOSTROPHE))
_FOLDING.update(dict.fromkeys(map(ord, _CLICKS), _SPACE))
_ASCII_FOLDING: Final = {
    code: chr(code).lower() if chr(code).isalnum() or chr(code) in _APOSTROPHES else _SPACE
    for code in range(128)
}
_ASCII_FOLDING[ord("`")] = _APOSTROPHE

# The apostrophe belongs to a letter in ng'ombe and to a name in N'Djamena and M'bour; in l'huile it
# parts two words.
_APOSTROPHE_IN_A_WORD: Final = re.compile(
    r"(?<=ng)'(?=[aeiou])|(?<=\b[nm])'(?=[bcdfgjklmnpqrstvwxyz])"
)

_NOT_STORABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_BLANKS: Final = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BLANKS_ROUND_NEWLINE: Final = re.compile(" ?\n ?")


def fold(text: str) -> str:
    """Reduce text to what a search compares: no case, accents, punctuation or letter variants."""
    if text.isascii():
        folded = text.translate(_ASCII_FOLDING)
    else:
        composed = unicodedata.normalize("NFKC", text).casefold()
        folded = unicodedata.normalize("NFKD", composed).translate(_FOLDING)
        # Hangul and a few Indic vowels come apart above and are put together again.
        folded = unicodedata.normalize("NFC", folded)
    if _APOSTROPHE in folded:
        folded = _APOSTROPHE_IN_A_WORD.sub("", folded).replace(_APOSTROPHE, _SPACE)
    return _SPACE.join(folded.split())


def clean(text: str) -> str:
    """Compose accents and tidy spaces, keeping line breaks and everything else that was written."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _BLANKS_ROUND_NEWLINE.sub("\n", _BLANKS.sub(_SPACE, composed)).strip(" \n")


def is_storable(text: str) -> bool:
    """Say whether PostgreSQL, JSON and a phone's screen can all hold this text.

    NUL and lone surrogates are the dangerous ones: the driver fails on them after it has begun to
    write, and falls out of step with the server.
    """
    return _NOT_STORABLE.search(text) is None
