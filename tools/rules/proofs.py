"""Evidence of consent that our own ledger keeps, so that a record which alone held it need not stay for it.

Sources: CASL section 13 and GDPR article 7(1): who relies on consent proves it, for as long as it was relied
on, whether or not the record it was written on is still there.
"""

from tools.rules.plain_text import one_line, without_addresses

PROOF = "#evidence"  # how the scope of such an entry of the ledger begins: no group of mail is called so
LONGEST = 4000


def scope_of(object: str, record_id: str) -> str:
    """The ledger's scope for what one record says."""
    return f"{PROOF} {object} {record_id}"[:120]


def is_proof(scope: str) -> bool:
    """Whether an entry of the ledger keeps evidence and says nothing of what holds now."""
    return scope.startswith(PROOF)


def words_of(text: str) -> str:
    """The evidence as the ledger keeps it: on one line, without addresses."""
    return one_line(without_addresses(text), longest=LONGEST)
