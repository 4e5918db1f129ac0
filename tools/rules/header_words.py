"""What people call the columns of their lists: English, German, French, Spanish, and a few of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from tools.rules.person_fields import CanonicalField

# What a column can mean besides a field of a person.
Meaning = CanonicalField | Literal["full_name", "opted_in", "consent_status", "member_status"]


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A field of one object of one vendor that we have no name for: the vendor's name and label of it."""

    system: str
    object: str
    name: str
    label: str
    writable: bool = True


@dataclass(frozen=True, slots=True)
class OwnField:
    """What a column can mean besides: a field that single vendors have, under the words that name it."""

    words: str
    places: tuple[OwnPlace, ...]

    def name_in(self, system: str, object: str) -> str:
        """The vendor's name of it in that object; "" where there is none."""
        held = (each.name for each in self.places if (each.system, each.object) == (system, object))
        return next(held, "")

    @override
    def __str__(self) -> str:
        return self.words


Reading = Meaning | OwnField

# Compared without case, accents and punctuation.
WORDS: Mapping[Meaning, tuple[str, ...]] = {
    "address": (
        "email", "mail", "email address", "email addr", "mail address", "email id", "email 1", "e mail 1",
        "recipient", "e-mail-adresse", "mailadresse", "adresse e-mail", "adresse mail",
        "adresse électronique",
        "courriel", "correo", "correo electrónico", "dirección de correo", "dirección de correo electrónico",
        "address", "username email", "company email", "professional email", "e-mail professionnel",
        "mail 1", "email work", "work mail", "indirizzo email", "e-mailadres", "endereço de email",
        "adres email", "adres e-mail", "e-postadress", "メールアドレス", "邮箱",
    ),
    "first_name": (
        "first", "first name", "given name", "forename", "fname", "vorname", "rufname", "prénom", "nombre",
        "nombre de pila", "primer nombre",
        "nome", "voornaam", "primeiro nome", "imię", "förnamn", "fornavn", "名",
    ),
    "last_name": (
        "last", "last name", "surname", "family name", "lname", "second name", "nachname", "familienname",
        "zuname", "nom", "nom de famille", "apellido", "apellidos",
        "cognome", "achternaam", "sobrenome", "nazwisko", "efternamn", "etternavn", "efternavn", "姓",
    ),
    "full_name": (
        "name", "full name", "contact name", "person name", "attendee name", "vollständiger name",
        "vor- und nachname", "ansprechpartner", "nom complet", "nom et prénom", "nombre completo",
        "nombre y apellidos", "contact", "contact person",
        "nome completo", "nome e cognome", "imię i nazwisko", "氏名", "姓名",
    ),
    "company": (
        "company", "company name", "account", "account name", "organisation", "organization",
        "organisation name",
        "organization name", "employer", "firm", "business name", "firma", "firmenname", "unternehmen",
        "unternehmensname", "société", "entreprise", "nom de l'entreprise", "raison sociale", "empresa",
        "compañía", "nombre de la empresa", "organización",
        "company account", "account company", "azienda", "società", "ragione sociale", "bedrijf",
        "bedrijfsnaam", "företag", "virksomhed", "会社名", "公司",
    ),
    "title": (
        "title", "job title", "position", "role", "job", "job role", "job function", "function",
        "designation",
        "stellenbezeichnung", "funktion", "berufsbezeichnung", "jobtitel", "titre", "poste", "fonction",
        "intitulé du poste", "cargo", "puesto", "título",
        "ruolo", "qualifica", "functie", "stanowisko", "titel", "役職",
    ),
    "phone": (
        "phone", "phone number", "telephone", "telephone number", "tel", "tel no", "tel nr", "phone no",
        "direct dial",
        "business phone", "work phone", "mobile", "mobile phone", "mobile number", "cell", "cell phone",
        "telefon", "telefon nr", "telefonnummer", "rufnummer", "handy", "mobil", "mobilnummer", "téléphone",
        "numéro de téléphone",
        "portable", "teléfono", "número de teléfono", "móvil",
        "telefono", "cellulare", "telefoonnummer", "telefone", "celular", "電話番号",
    ),
    "country": (
        "country", "country name", "country code", "country region", "nation", "land", "staat", "pays",
        "país",
        "mailing country",
        "country region name", "cntry", "ctry", "home country", "company country", "paese", "kraj", "国",
    ),
    "state": (
        "state", "state province", "state or province", "province", "region", "state code", "bundesland",
        "kanton",
        "région", "département", "estado", "provincia", "estado provincia",
        "st", "st prov", "state region", "provincie", "województwo",
    ),
    "city": ("city", "town", "location city", "stadt", "ort", "wohnort", "ville", "ciudad", "localidad",
        "città", "cidade", "plaats", "miasto",
    ),
    "postal_code": (
        "zip", "zip code", "postal code", "postcode", "zip postal code", "plz", "postleitzahl", "code postal",
        "código postal", "cp",
        "zip postal", "cap", "cep", "kod pocztowy",
    ),
    "industry": ("industry", "sector", "vertical", "branche", "industrie", "secteur", "secteur d'activité",
    "industria",
        "settore", "branża",
    ),
    "employees": (
        "employees", "number of employees", "no of employees", "company size", "headcount", "employee count",
        "mitarbeiter", "mitarbeiterzahl", "anzahl mitarbeiter", "effectif", "nombre d'employés", "empleados",
        "número de empleados",
        "company size range", "numero dipendenti",
    ),
    "lead_source": (
        "lead source", "source", "original source", "leadquelle", "quelle", "herkunft", "source du lead",
        "origen",
        "fuente", "origen del lead",
    ),
    "lifecycle": ("lifecycle", "lifecycle stage", "lead status", "stage", "lead stage"),
    "score": ("score", "lead score"),
    "owner": ("owner", "lead owner", "contact owner", "account owner", "sales rep", "rep", "besitzer",
    "propriétaire",
              "propietario"),
    "website": ("website", "web site", "url", "web", "homepage", "company website", "webseite",
    "internetseite",
                "site web", "site internet", "sitio web", "página web"),
    "created": ("created", "created date", "create date", "date created", "erstellt", "erstellt am",
    "créé le"),
    "last_activity": ("last activity", "last activity date", "letzte aktivität", "dernière activité"),
    "opted_out": (
        "opt out", "opted out", "unsubscribed", "has opted out of email", "email opt out", "do not email",
        "do not contact", "suppressed", "email opt-out", "abgemeldet", "abbestellt", "désabonné",
        "désinscrit",
        "dado de baja", "baja",
    ),
    "opted_in": (
        "opt in", "opted in", "subscribed", "consent", "email opt in", "marketable", "marketing consent",
        "gdpr consent", "einwilligung", "zustimmung", "angemeldet", "consentement", "abonné",
        "consentimiento",
        "suscrito",
    ),
    "member_status": (
        "member status", "campaign status", "campaign member status", "attendance", "attendance status",
        "attendee status", "registration status", "webinar status", "event status", "teilnahmestatus",
        "teilnahme", "statut de participation", "estado de asistencia",
    ),
    "consent_status": (
        "status", "subscription status", "email status", "opt status", "consent status", "anmeldestatus",
        "statut",
        "estado de suscripción",
    ),
}  # fmt: skip

# Said around a column's name without changing what it means.
QUALIFIERS = frozenset({
    "lead", "contact", "person", "attendee", "registrant", "participant", "delegate", "visitor", "work",
    "business", "primary", "main", "mailing", "your", "the", "current", "office", "customer", "kontakt",
    "geschaftlich", "geschaftliche", "c", "mkto", "required", "optional", "mandatory", "pflichtfeld",
    "obligatoire", "obligatorio",
})  # fmt: skip
