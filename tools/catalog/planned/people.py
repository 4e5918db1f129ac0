"""Planned tools about one person."""

from tools.catalog.arguments import Email, Reference
from tools.registry import planned

PLANNED = (
    planned(
        "erase_person",
        "Erase a person for good from every system after a legal erasure request.",
        returns="plan",
        destructive=True,
        subject="people",
        arguments={"email": (Email, ...), "request_reference": (Reference, ...)},
        examples=(
            "erase jane@acme.com, GDPR request DSR-2291",
            "right to be forgotten for bob@globex.com, ticket PRIV-88",
            "process the erasure request of maria@initech.de ref DSR-17",
            "wipe all personal data of tom@umbrella.io, legal case L-204",
            "forget lee@acme.com everywhere, privacy request 5521",
            "gdpr delete ana@globex.com DSR-3001",
            "data subject asked us to remove everything about him: sam@initech.com, DSR-44",
            "CCPA deletion for kim@acme.com, request number C-1009",
            "GDPR erasure for dana@acme.com, reference DSR-902",
            "permanently remove omar@globex.com, subject access request SAR-12",
            "article 17 request from tim@initech.de, case 7741",
            "please anonymise and forget lena@umbrella.io, privacy ticket PRV-9",
            "carry out the erasure for pia@lantern.io, reference LEG-12",
            "RTBF request for dev@harbor.co under PRIV-77, all systems",
            "anna@ridge.com wants all her data gone, GDPR request DSR-9",
            "legal says lee@quartz.dev must be forgotten, ticket GD-40",
            "data subject deletion: mo@tidal.app, case 5521",
            "process the deletion request DSAR-15 of sara@birch.se",
            "please have tom@cedar.org erased from every tool, privacy ticket P-REQ-8",
            "execute right to be forgotten for ivo@delta.bg (REQ-301)",
            "kim@fern.kr invoked article 17, ref LEGAL-7, erase her",
            "wipe all personal data on joe@slate.us, request CCPA-3",
        ),
    ),
)
