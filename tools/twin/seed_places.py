"""Where the seeded people are: a city and, where addresses have one, a state; spelt as people spell them."""

from typing import Final

from tools.twin.seed_people import Person

PLACES: Final = {
    "United States": (("Austin", "Texas"), ("Denver", "CO"), ("Boston", "Massachusetts"), ("Fresno", "CA")),
    "Germany": (("Bremen", ""), ("Leipzig", "Sachsen"), ("Mainz", "")),
    "United Kingdom": (("Leeds", ""), ("Bristol", ""), ("Glasgow", "Scotland")),
    "France": (("Nantes", ""), ("Lille", "")), "Netherlands": (("Utrecht", ""), ("Breda", "")),
    "Spain": (("Valencia", ""), ("Bilbao", "")), "Sweden": (("Uppsala", ""), ("Lund", "")),
    "Canada": (("Halifax", "Nova Scotia"), ("Calgary", "AB")),
    "India": (("Pune", "Maharashtra"), ("Kochi", "Kerala")), "Japan": (("Nagoya", ""), ("Sendai", "")),
    "Brazil": (("Recife", "PE"), ("Curitiba", "Paraná")), "Poland": (("Gdynia", ""), ("Lublin", "")),
    "Italy": (("Torino", ""), ("Bari", "")), "Australia": (("Perth", "WA"), ("Hobart", "Tasmania")),
    "South Africa": (("Durban", ""), ("Paarl", "")), "United Arab Emirates": (("Sharjah", ""), ("Dubai", "")),
}  # fmt: skip


def place(someone: Person) -> tuple[str | None, str | None]:
    """A person's city and state; one in six has neither on record."""
    known = PLACES.get(someone.country)
    if not known or someone.n % 6 == 0:
        return None, None
    city, state = known[someone.n // 6 % len(known)]
    return city, state or None
