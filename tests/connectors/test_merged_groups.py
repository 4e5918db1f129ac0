"""A group of mail that one of several records has left is still left after they are merged."""

from dataclasses import replace

import pytest

from tools.ports import Expressed
from tools.rules.consent_groups import Definition, GroupNames

BOXES = {"salesforce": "Newsletter_Opt_Out__c", "marketo": "newsletterOptOut"}
NAMES = GroupNames((Definition("Newsletter", BOXES),))


@pytest.mark.parametrize("name", list(BOXES))
def test_a_merge_keeps_the_box_of_a_group_ticked(twin, kit, addresses, name):
    """The policy names the box; a loser's tick is given with the merge, and no merge takes one back."""
    connected = kit.over(twin.url, name, groups=NAMES)
    reader, found = connected.reader, kit.everyone(connected, addresses)
    winner, other = [each for each in found if each.object == found[0].object][:2]
    loser = replace(other, raw={**other.raw, BOXES[name]: True, "sfdcId": None})
    said = reader.express_merge(winner, [loser], {})
    assert isinstance(said, Expressed), said
    assert said.set[BOXES[name]] is True
    plain = kit.over(twin.url, name).reader.express_merge(winner, [loser], {})
    assert BOXES[name] not in plain.set
