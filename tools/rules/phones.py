"""Phone numbers in the international form (E.164, ITU-T), by the numbering plans of libphonenumber."""

import re

from tools.rules.countries import country_code

_EXTENSION = re.compile(r"(?:ext\.?|extension|x|durchwahl|poste)\s*(\d{1,6})\s*$", re.IGNORECASE)


def normal_phone(number: str, *, country: str = "") -> str:
    """The number as `+14155550100`, with `ext. 12` behind it where it had one; "" when it is none.

    A number without its country's prefix is read as one of `country`, in any spelling; without both it is
    not guessed at.
    """
    import phonenumbers

    text = number.strip()
    extension = _EXTENSION.search(text)
    bare = text[: extension.start()] if extension else text
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    try:
        parsed = phonenumbers.parse(bare, country_code(country) or None)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""  # also what is only dialled within one town
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{whole} ext. {extension[1]}" if extension else whole
