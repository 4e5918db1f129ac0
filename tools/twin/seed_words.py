"""Word lists the seed makes people and companies of: invented surnames and companies, reserved domains."""

from typing import Final

FIRST: Final = (
    "Ada", "Adil", "Agnes", "Alma", "Amara", "Anders", "Aniela", "Anouk", "Arjun", "Astrid", "Aylin",
    "Bao", "Beatriz", "Bela", "Bruno", "Carla", "Chidi", "Chiara", "Conrad", "Dalia", "Damir", "Daria",
    "Dario", "Edda", "Eero", "Elif", "Elin", "Emeka", "Emil", "Enzo", "Esra", "Eszter", "Farid", "Fatou",
    "Felix", "Fenna", "Finn", "Flora", "Freya", "Gaspar", "Gita", "Goran", "Greta", "Hana", "Hanno",
    "Haruki", "Hedda", "Hugo", "Ida", "Idris", "Ilse", "Imani", "Ines", "Ingrid", "Irina", "Isak", "Ivo",
    "Jana", "Jarek", "Jonas", "Jovana", "Jules", "Kaia", "Kamal", "Karim", "Katya", "Kenji", "Kira",
    "Lars", "Layla", "Leila", "Lena", "Leon", "Linnea", "Livia", "Lucia", "Luka", "Maja", "Malik", "Mara",
    "Marco", "Marek", "Matteo", "Mei", "Mila", "Milan", "Mina", "Nadia", "Naveen", "Nell", "Nico", "Nils",
    "Nina", "Noor", "Nora", "Oda", "Olek", "Omar", "Oona", "Orla", "Oskar", "Paula", "Pavel", "Petra",
    "Piotr", "Priya", "Quinn", "Rafael", "Ravi", "Renata", "Rhea", "Rosa", "Ruben", "Runa", "Sami",
    "Sana", "Selma", "Senna", "Sofia", "Stellan", "Tariq", "Tessa", "Thea",
)  # fmt: skip
LAST: Final = (
    "Abelund", "Ackervale", "Adlerfen", "Almarek", "Ambrovic", "Anselheim", "Arkwell", "Aster-Holm",
    "Balorin", "Barnholt", "Bellavoss", "Berglind", "Birkenau-Thorn", "Bramwick", "Brandolin", "Calverin",
    "Carrowdale", "Castellon", "Cindrel", "Corvano", "Crosmere", "Dalvero", "Darnhill", "Deveron",
    "Dormund", "Drachen-Veil", "Dunmarrow", "Eastering", "Eckhald", "Eldermoor", "Elsinova", "Emberlin",
    "Evenholt", "Fairholt", "Falkmere", "Fenwald", "Ferrolani", "Finnegart", "Foxhollow", "Frostrup",
    "Galdivar", "Garnholm", "Gildermay", "Glenfarrow", "Gravholt", "Grindal", "Halvorn", "Hartigan-Roe",
    "Hazelrun", "Heidenfar", "Hollowmere", "Hornbeckle", "Ibsenwald", "Illarion", "Ironwick", "Ivarsdal",
    "Jarnvik", "Jesselund", "Jorvasson", "Kaldbrook", "Karimovar", "Kestrelin", "Kingsferry", "Kirchwald",
    "Korhalen", "Kvistad", "Lagerveil", "Larkholm", "Lindqvar", "Lockridge-Bay", "Lorendal", "Lowmarsh",
    "Lundmere", "Maelgard", "Marchetto", "Marlowick", "Mehrenberg", "Merrowind", "Mirovan", "Moorcastle",
    "Mossgard", "Nachtigal-Ost", "Narvelle", "Nordhem", "Norrivale", "Oakhurstin", "Obermaat", "Olverton",
    "Orsolini", "Ostrander-Vik", "Palvarin", "Pellworm", "Penhallon", "Pinecrest-Lo", "Pomaredo",
    "Quillfeather", "Quistgard", "Ravensholt", "Redmarsh", "Reinholtz", "Rosenvik", "Rothmaier",
    "Rubinaro", "Sablewood", "Sandvoll", "Schattner-Ruh", "Sedgewyn", "Selvanno", "Silverthane",
    "Skarholt", "Sollberg", "Starkwater", "Steinvorn", "Sunderlok", "Svalgard", "Tallowind", "Tamarelli",
    "Tarnbeck", "Thistlemar", "Thornwald", "Tolvik", "Torrefina", "Tremayle", "Ulvestad", "Umbarino",
    "Underhallow", "Valmorra", "Vandermoss", "Varhelyn", "Veldkampen", "Verrault", "Vintergat",
    "Voskarian", "Wachtelin", "Walderman", "Wenholt", "Westermarck", "Whitlowe", "Wildenrath",
    "Winterholz", "Wolfsgaard", "Wyndermoor", "Yarrowby", "Ysterling", "Zalewind", "Zandermere",
    "Zeltweger",
)  # fmt: skip
COMPANY_HEAD: Final = (
    "Alder", "Amber", "Anchor", "Apex", "Aspen", "Atlas", "Beacon", "Birch", "Blue", "Bright", "Bronze",
    "Cedar", "Cinder", "Clear", "Cobalt", "Copper", "Coral", "Crest", "Delta", "Drift", "Eagle", "Ember",
    "Falcon", "Fern", "Flint", "Fjord", "Glacier", "Golden", "Granite", "Harbor", "Hazel", "Helio",
    "Indigo", "Iron", "Ivory", "Juniper", "Kestrel", "Lantern", "Larch", "Lumen", "Maple", "Meridian",
    "Mica", "Moss", "North", "Nova", "Oak", "Onyx", "Opal", "Orchard", "Pine", "Prairie", "Quartz",
    "Raven", "River", "Rowan", "Sable", "Silver", "Slate", "Summit",
)  # fmt: skip
COMPANY_TAIL: Final = (
    "alloy", "arc", "axis", "bank", "basin", "bay", "bloom", "bolt", "bridge", "brook", "build", "cast",
    "chain", "cliff", "cove", "craft", "dale", "deck", "dock", "field", "forge", "ford", "gate", "grid",
    "grove", "haven", "helm", "hill", "hold", "kiln", "lake", "lane", "ledge", "line", "link", "loft",
    "loop", "mark", "mill", "mint", "moor", "path", "peak", "point", "port", "press", "rail", "ridge",
    "ring", "rock", "shore", "span", "spring", "stone", "tide", "vale", "view", "works", "yard",
)  # fmt: skip
COMPANY_END: Final = ("Group", "Labs", "Systems", "Partners", "Logistics", "Capital", "Health", "Energy")
INDUSTRIES: Final = (
    "Financial Services", "Technology", "Manufacturing", "Healthcare", "Retail", "Energy", "Logistics",
)  # fmt: skip
TITLES: Final = (
    "VP Marketing", "VP Finance", "Chief Technology Officer", "Director of Operations", "Marketing Manager",
    "Head of Demand Generation", "Sales Manager", "Data Analyst", "Chief Financial Officer",
    "Product Manager", "IT Administrator", "Procurement Lead", "SVP Sales", "Office Manager",
    "Software Engineer",
)  # fmt: skip
COUNTRIES: Final = (
    "United States", "Germany", "United Kingdom", "France", "Netherlands", "Spain", "Sweden", "Canada",
    "India", "Japan", "Brazil", "Poland", "Italy", "Australia", "South Africa", "United Arab Emirates",
)  # fmt: skip
DIALLING: Final = (
    "1",
    "49",
    "44",
    "33",
    "31",
    "34",
    "46",
    "1",
    "91",
    "81",
    "55",
    "48",
    "39",
    "61",
    "27",
    "971",
)
REASONS: Final = {
    "invalid": (
        ("550 5.1.1 The email account that you tried to reach does not exist", "5.1.1"),
        ("550 5.1.1 <recipient>: Recipient address rejected: User unknown", "5.1.1"),
        ("550 5.1.2 Host unknown: domain name not found", "5.1.2"),
        ("550 5.2.1 The email account that you tried to reach is disabled", "5.2.1"),
    ),
    "blocked": (
        ("550 5.7.1 Message rejected due to local policy", "5.7.1"),
        ("554 5.7.1 Service unavailable; client host is blocked using a blocklist", "5.7.1"),
        ("571 Message refused: spam content", "5.7.1"),
    ),
    "full": (
        ("452 4.2.2 The email account that you tried to reach is over quota", "4.2.2"),
        ("552 5.2.2 Mailbox full", "5.2.2"),
    ),
    "technical": (
        ("421 4.4.2 Connection dropped due to timeout", "4.4.2"),
        ("451 4.4.1 Temporary server error, try again later", "4.4.1"),
    ),
    "unknown": (("500 delivery failed", "5.0.0"), ("550 mail not accepted here", "5.0.0")),
}
"""Bounce texts and SMTP status by class. Text differs between providers; these follow the published codes."""
CATEGORY: Final = {"invalid": 2, "blocked": 1, "full": 3, "technical": 4, "unknown": 9}
"""Marketo's bounce categories (its documentation: hard and soft bounces)."""
HARD: Final = frozenset({"invalid", "blocked"})
MAILINGS: Final = (
    (1001, "2026-11 Product News.Email 1", 6), (1002, "Autumn Webinar Invite.Email 1", 19),
    (1003, "Autumn Webinar Invite.Reminder", 12), (1004, "2026-10 Newsletter.Email 1", 38),
    (1005, "Partner Day.Invite", 52), (1006, "2026-09 Newsletter.Email 1", 70),
    (1007, "Pricing Update.Email 1", 95), (1008, "Summer Nurture.Email 1", 140),
    (1009, "Summer Nurture.Email 2", 165), (1010, "Spring Launch.Email 1", 250),
    (1011, "Annual Report.Email 1", 420), (1012, "Winter Roadshow.Invite", 610),
)  # fmt: skip
"""Marketo mailings: asset id, name, days ago it was sent."""
CAMPAIGNS: Final = (
    ("Autumn Webinar Invite", "Webinar", "In Progress", 19, -5),
    ("Product News November", "Email", "In Progress", 6, -20),
    ("Partner Day", "Conference", "Completed", 52, 45), ("October Newsletter", "Email", "Completed", 38, 30),
    ("Spring Launch", "Email", "Completed", 250, 230), ("Annual Report", "Email", "Completed", 420, 400),
    ("Winter Roadshow", "Conference", "Completed", 610, 590),
    ("Legacy Nurture", "Email", "Aborted", 800, 700),
)  # fmt: skip
"""Salesforce campaigns: name, type, status, days ago it started and ended (negative: still to come)."""
OLD_CAMPAIGNS: Final = (5, 6, 7)
RECENT_CAMPAIGNS: Final = (0, 1, 2, 3)
CHANNELS: Final = {
    "Webinar": ("Invited", "Registered", "Attended", "No Show"),
    "Nurture": ("Member", "Engaged"),
    "Content": ("Downloaded", "Influenced"),
}
"""Channels of programs with their progression statuses, in order."""
PROGRAMS: Final = (
    ("2026-10 Autumn Webinar", "Event With Webinar", "Webinar"),
    ("Partner Nurture", "Engagement", "Nurture"),
    ("Benchmark Report", "Default", "Content"),
)
"""Marketo programs: name, type, channel."""
SMART_LISTS: Final = ("Marketing Suspended", "Unsubscribed People", "Active Last 90 Days")
SENDGRID_LISTS: Final = ("Newsletter", "Product News", "Webinar Invitations", "Event Guests")
GROUPS: Final = ("Newsletter", "Product news", "Events")
LISTS: Final = (
    "Newsletter Subscribers", "Autumn Webinar Invite", "Partner Contacts", "Product Updates",
    "Event Attendees 2025", "Do Not Nurture",
)  # fmt: skip
