"""Phone numbers in the international form (E.164, ITU-T), by the numbering plans of libphonenumber."""

import re

from tools.rules.countries import country_code

_EXTENSION = re.compile(
    r"(?:;ext=|\b(?:extension|extn?|durchwahl|poste)\b\.?|x|\#)[ .:]*(\d{1,6})\W*$", re.IGNORECASE
)
_ASIDE = re.compile(r"\([^()]*[^\W\d_][^()]*\)")  # words in brackets: (mobile), (home)
_VANITY = re.compile(r"[A-Z]{3,}")  # letters to be dialled are written as capitals: 1-800-FLOWERS
_LABEL = re.compile(r"^\W*[^\W\d_][^\d+(]*(?=[\d+(])")  # before the number: tel:, mobile, T


def normal_phone(number: str, *, country: str = "") -> str:
    """The number as `+14155550100`, with `ext. 12` behind it where it had one; "" when it is none.

    A number without its country's prefix is read as one of `country`, in any spelling; without both it is
    not guessed at, nor is it where it is no valid number of that country or where words stand in it.
    """
    import phonenumbers

    text = _ASIDE.sub(" ", number).strip()
    extension = _EXTENSION.search(text)
    bare = _LABEL.sub("", text[: extension.start()] if extension else text).strip()
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if any(letter.isalpha() for letter in _VANITY.sub("", bare)):
        return ""
    try:
        parsed = phonenumbers.parse(bare, country_code(country) or None)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""  # also what is only dialled within one town
    if not bare.lstrip().startswith(("+", "\uff0b")) and not phonenumbers.is_valid_number(parsed):
        return ""  # the country is ours to add only where its plan has such numbers
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{whole} ext. {extension[1]}" if extension else whole
