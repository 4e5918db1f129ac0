"""How the letters of a list are kept: found from the words they make, and said where it was a guess."""

import pytest

from tools.rules.encodings import encoding, guessed, opened


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Müller, Größe, Straße; “Zitat” – 50 €", "cp1252"),
        ("Ça va, Crème brûlée, El Niño ¿qué?, Acme™", "cp1252"),
        ("MÜLLER GMBH; Jørgen Ærø; 3ª planta; Nº 5", "cp1252"),
        ("Renée Müller; Café Noël; Smörgås", "mac_roman"),
        ("Peña", "mac_roman"),
        ("Łódź; Wiśniewska; Gąsiorowski", "cp1250"),
        ("Иван Петров; ООО Ромашка", "cp1251"),
        ("山田,太郎,株式会社テスト", "cp932"),
    ],
)
def test_single_bytes_are_read_as_what_makes_words(text: str, codec: str) -> None:
    """Excel on Windows and on a Mac, Polish, Russian and Japanese offices: no letter comes out as a sign."""
    content = f"Email,Name\na@x.com,{text}\n".encode(codec)
    assert text in opened(content).read()
    assert guessed(content)


def test_two_exports_in_one_file_are_both_read() -> None:
    """Pasted together, one half is UTF-8 and the other Windows': both names are whole."""
    content = "a@x.com,Jürgen\n".encode() + "b@x.com,Bär\n".encode("cp1252")
    assert opened(content).read() == "a@x.com,Jürgen\nb@x.com,Bär\n"
    assert guessed(content) == "UTF-8 with some letters as Windows writes them"


def test_nothing_is_called_a_guess_that_the_file_says() -> None:
    """Unicode and a workbook name their letters themselves; plain ASCII has none to doubt."""
    assert not any(
        map(guessed, ["Zoë".encode(), "Zoë".encode("utf-16"), b"Zoe", b"PK\x03\x04" + bytes(range(256))])
    )
    assert encoding(b"Zoe") == "utf-8-sig"
