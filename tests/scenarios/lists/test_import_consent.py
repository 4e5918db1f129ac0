"""What a list says of consent, and addresses that are one person in several spellings."""

from typing import Any

CLAIMS = 37


def test_rows_that_say_opted_in_resubscribe_nobody(own_twin: Any, max_: Any) -> None:
    """37 of them: listed as less restrictive, none of their records is written, every system is as before."""
    state = own_twin.state()
    out = [each["Email"] for each in state["salesforce"]["Contact"].values() if each["HasOptedOutOfEmail"]]
    gone = sorted({each for each in out if each and each.isascii() and " " not in each})[:CLAIMS]
    assert len(gone) == CLAIMS
    text = "Email,Phone,Opt in\n" + "".join(f"{each},+49 89 1234567,yes\n" for each in gone)
    reply = max_.asks("import list.csv", f"{text}ann@newco.example,,yes\nbob@newco.example,,\n")
    assert max_.vetoes(reply)["less_restrictive"] == CLAIMS + 1
    assert ("say opted in: consent is not taken from a file", CLAIMS + 1) in max_.table(reply, "In list.csv")
    kept = max_.file("list-not-imported.csv").decode("utf-8-sig")
    assert kept.count("ignored: less restrictive") == CLAIMS
    assert reply.card.header.people == 2
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    assert not card.header.effects & {"consent", "consent_lowered"}
    after = own_twin.state()
    for object in ("Contact", "Lead"):
        before = state["salesforce"][object]
        assert {key: after["salesforce"][object][key] for key in before} == before
    assert after["sendgrid"]["unsubscribes"] == state["sendgrid"]["unsubscribes"]
    assert {key: after["marketo"]["lead"][key] for key in state["marketo"]["lead"]} == state["marketo"][
        "lead"
    ]


def test_one_person_in_several_spellings_is_one(own_twin: Any, max_: Any) -> None:
    """Case, blanks and an international domain are one address; a plus tag is another, and named."""
    optout = next(
        each["Email"] for each in own_twin.state("salesforce")["salesforce"]["Contact"].values()
        if each["HasOptedOutOfEmail"] and each["Email"] and "+" not in each["Email"]
    )  # fmt: skip
    local, _, domain = optout.strip().lower().partition("@")
    text = (
        "Email,City\nann@bücher.example,Bonn\n ANN@xn--bcher-kva.example ,Ulm\nBob@Newco.Example,\n"
        f"bob@newco.example,\nbob+fair@newco.example,\n{local}+fair@{domain},\n"
    )
    reply = max_.asks("import list.csv", text)
    counted = dict(max_.table(reply, "In list.csv"))
    assert counted["people to import"] == 4
    assert counted["left out: the same address as an earlier line"] == 2
    assert max_.vetoes(reply)["possible_alias"] == 2
    told = str(max_.rows(reply))
    assert "possibly the same person as another address of the file" in told
    assert "possibly the same person as an address that opted out" in told
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    made = [each["Email"] for each in own_twin.state("salesforce")["salesforce"]["Lead"].values()]
    assert [made.count(each) for each in ("bob@newco.example", "bob+fair@newco.example")] == [1, 1]


def test_mailboxes_of_roles_and_personal_domains_are_counted(max_: Any) -> None:
    """They are imported, and said so at the top of the card."""
    reply = max_.asks("import list.csv", "Email\ninfo@newco.example\njo@gmail.com\nx@mailinator.com\n")
    counted = dict(max_.table(reply, "In list.csv"))
    assert counted["imported, worth a look: a mailbox of a role, not of a person"] == 1
    assert counted["imported, worth a look: a personal mail domain"] == 1
    assert counted["imported, worth a look: a throw-away mailbox"] == 1


def test_a_member_status_of_the_list_is_the_campaigns(own_twin: Any, max_: Any) -> None:
    """Attended and registered come from the list; a word that the campaign has not is named."""
    campaigns = own_twin.state("salesforce")["salesforce"]
    named = {each["Id"]: each["Name"] for each in campaigns["Campaign"].values()}
    statuses = [each["Label"] for each in campaigns["CampaignMemberStatus"].values()
                if named[each["CampaignId"]] == "Autumn Webinar Invite"]  # fmt: skip
    text = (
        f"Email,Attendance\nann@newco.example,{statuses[-1].upper()}\nbob@newco.example,Slept\n"
        "cy@newco.example,\n"
    )
    reply = max_.asks("import list.csv into the Autumn Webinar Invite campaign", text)
    assert max_.vetoes(reply)["value_not_written"] >= 1
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    state = own_twin.state("salesforce")["salesforce"]
    leads = {each["Id"]: each["Email"] for each in state["Lead"].values()}
    got = {leads.get(each["LeadId"]): each["Status"] for each in state["CampaignMember"].values()}
    assert got["ann@newco.example"] == statuses[-1]
    assert got["bob@newco.example"] == got["cy@newco.example"] in statuses


def test_what_other_tools_export_of_consent_is_heard(own_twin: Any, max_: Any) -> None:
    """An opt-out under the exporting tool's title, a no to being mailed, lost digits: each is named."""
    text = (
        "Email,Last name,Company,Phone,Unsubscribed from all email,GDPR consent\n"
        "ann@heard.example,Ann,Heard,4.91512E+12,false,yes\nbob@heard.example,Bob,Heard,,true,yes\n"
        "cy@heard.example,Cy,Heard,,,No\n"
    )
    reply = max_.asks("import hubspot.csv", text, "hubspot.csv")
    vetoes = max_.vetoes(reply)
    assert (vetoes["opted_out_in_file"], vetoes["said_no_in_file"]) == (1, 1)
    assert vetoes["value_not_written"] == 2
    assert reply.card.header.people == 1
    assert "to import them all the same say “ignore column GDPR consent”" in reply.card.header.summary
    back = max_.file("hubspot-not-imported.csv").decode("utf-8-sig")
    assert "the file says that they said no to being mailed,cy@heard.example" in back
    assert "its digits are gone" in max_.file("hubspot-differences.csv").decode("utf-8-sig")
    again = max_.asks("ignore column GDPR consent", text, "hubspot.csv")
    assert again.card.header.people == 2
    assert max_.vetoes(again)["opted_out_in_file"] == 1
    assert "heard.example" not in str(own_twin.state())
