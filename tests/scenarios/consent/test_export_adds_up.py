"""The export of opt-outs: sentence, table and file say the same, and what was asked can be shown."""

import csv
import io
from typing import Any

NAMES = {"salesforce": "Salesforce", "marketo": "Marketo", "sendgrid": "SendGrid"}


def test_sentence_table_and_file_of_an_export_add_up(desk: Any) -> None:
    """Records and addresses, each counted once; the CRM's share with the SOQL that anybody can ask again."""
    answer = desk.call("export_suppressions").answer
    lines = list(csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig"))))
    [by_reason] = answer.tables
    records, addresses = answer.facts["records"], answer.facts["addresses"]
    assert answer.text.startswith(f"{records:,} suppressed records, which are {addresses:,} addresses")
    for each in answer.evidence:  # whoever asked for one system's finds its number
        assert f"{each.count:,} in {NAMES[each.source]}" in answer.text
    assert sum(count for _, count in by_reason.rows) == len(lines) == addresses
    assert sum(len(line["records"].split(", ")) for line in lines) == records
    assert sum(each.count for each in answer.evidence) == records
    assert len({line["address"] for line in lines}) == addresses
    for line in lines:
        named = line["records"].split(", ")
        assert len(named) == len(set(named)), line
    [asked] = [each.query for each in answer.evidence if each.source == "salesforce"]
    assert "SELECT Id, Email, HasOptedOutOfEmail" in asked
    assert "reported us as spam" in asked
