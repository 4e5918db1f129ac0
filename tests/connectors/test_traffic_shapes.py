"""Recorded traffic held against specifications: what is found, in OpenAPI 3, Swagger 2 and our own tables."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from specs import documents
from specs.checking import check
from specs.exchanges import parse

SCRIPT = Path(__file__).parents[2] / ".ci" / "spec_check.py"
THING = {
    "type": "object",
    "required": ["id", "at"],
    "properties": {
        "id": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "note": {"type": "string", "nullable": True},
        "size": {"oneOf": [{"type": "integer"}, {"type": "object", "required": ["cm"]}]},
    },
}
OPENAPI = {
    "openapi": "3.0.1",
    "servers": [{"url": "https://api.example.com/v3"}],
    "components": {"schemas": {"Thing": THING}},
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}},
                    {"name": "ids", "in": "query", "required": True,
                     "schema": {"type": "array", "items": {"type": "integer"}}},
                ],
                "responses": {"200": {"content": {"application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}}},
            },
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"204": {}, "4XX": {"content": {"application/json": {"schema": {}}}}},
            },
        },
        "/things/{thing}": {
            "delete": {
                "parameters": [{"name": "thing", "in": "path", "required": True,
                                "schema": {"type": "integer"}}],
                "responses": {"204": {}},
            }
        },
    },
}  # fmt: skip
SWAGGER = {
    "swagger": "2.0",
    "basePath": "/",
    "definitions": {"Thing": THING},
    "paths": {
        "/v2/things.json": {
            "post": {
                "consumes": ["application/json"],
                "parameters": [{"in": "body", "name": "thing", "required": True,
                                "schema": {"$ref": "#/definitions/Thing"}}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Thing"}}},
            },
            "put": {
                "parameters": [{"in": "formData", "name": "size", "type": "integer", "required": True}],
                "responses": {"200": {"description": "no body"}},
            },
        }
    },
}  # fmt: skip
GOOD = {"id": "a", "at": "2026-11-22T12:00:00Z", "note": None, "size": 3}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Both documents as those of one system."""
    folder = tmp_path_factory.mktemp("specs") / "acme"
    folder.mkdir()
    (folder / "things.json").write_text(json.dumps(OPENAPI))
    (folder / "old.yaml").write_text(json.dumps(SWAGGER))
    (folder / "README.md").write_text("passed over")
    return documents.read(folder.parent)


def line(call, *, asked=None, status=200, told=None, media="application/json", query="", sent=None):
    """A line of a tape."""
    method, _, path = call.partition(" ")
    headers = {"content-type": "application/json"} if sent is None else {"content-type": sent}
    return json.dumps(
        {
            "system": "acme", "method": method, "path": path, "query": query, "status": status,
            "request": {"headers": headers if asked is not None else {},
                        "body": asked if isinstance(asked, str) else json.dumps(asked) if asked else ""},
            "response": {"headers": {"content-type": media}, "body": json.dumps(told) if told else ""},
        }
    )  # fmt: skip


def found(known, *args, **more):
    """What differs, as `side kind place: sentence`."""
    held = check(parse(line(*args, **more)), known)
    return [f"{each.side} {each.kind} {each.at}: {each.said}" for each in held.findings]


def test_what_fits_is_not_found(known):
    """Null where it may be, references, alternatives, repeated parameters, forms, a stroke at the end."""
    assert found(known, "GET /v3/things/", told=[GOOD], query="ids=1&ids=2&limit=10") == []
    assert found(known, "POST /v3/things", asked=GOOD, status=204) == []
    assert found(known, "POST /v3/things", asked=GOOD, status=422, told={"any": 1}) == []
    assert found(known, "DELETE /v3/things/7", status=204) == []
    assert found(known, "POST /v2/things.json", asked=GOOD, told=GOOD) == []
    form = "application/x-www-form-urlencoded"
    assert found(known, "PUT /v2/things.json", asked="size=3", sent=form) == []


@pytest.mark.parametrize(
    ("call", "more", "sentence"),
    [
        ("GET /v3/nothing", {}, "request path : no specification knows this path"),
        ("PUT /v3/things", {}, "request method : no specification knows this method"),
        ("GET /v3/things", {"query": "ids=1&wish=2", "told": [GOOD]},
         "request parameter wish: is in the query and not documented"),
        ("GET /v3/things", {"told": [GOOD]}, "request parameter ids: is required in the query and missing"),
        ("GET /v3/things", {"query": "ids=1,2", "told": [GOOD]},
         "request parameter ids/*: is string, not integer"),
        ("GET /v3/things", {"query": "ids=1&limit=11", "told": [GOOD]},
         "request parameter limit: 11 is greater than the maximum of 10"),
        ("DELETE /v3/things/x", {"status": 204}, "request parameter thing: is string, not integer"),
        ("POST /v3/things", {"status": 204}, "request body : is missing"),
        ("POST /v3/things", {"asked": "no json", "status": 204}, "request body : is no JSON: "),
        ("POST /v3/things", {"asked": "x", "sent": "text/plain", "status": 204},
         "request media : text/plain is not documented (but application/json)"),
        ("DELETE /v3/things/7", {"asked": {"a": 1}, "status": 204},
         "request body : is sent where none is documented"),
        ("DELETE /v3/things/7", {"status": 200}, "response status 200: is not documented (but 204)"),
        ("DELETE /v3/things/7", {"status": 204, "told": {"a": 1}}, "response body : comes with a 204"),
        ("PUT /v2/things.json", {"asked": "size=x", "sent": "application/x-www-form-urlencoded"},
         "request shape /size: is string, not integer"),
        ("PUT /v2/things.json",
         {"asked": "size=1", "sent": "application/x-www-form-urlencoded", "told": {"a": 1}},
         "response body 200: has a body where none is documented"),
        ("POST /v2/things.json", {"asked": GOOD}, "response body 200: is empty where one is documented"),
        ("POST /v2/things.json", {"asked": GOOD, "told": {**GOOD, "id": 7}},
         "response shape 200/id: is integer, not string"),
        ("POST /v2/things.json", {"asked": GOOD, "told": {"id": "a"}},
         "response shape 200: 'at' is a required property"),
        ("POST /v2/things.json", {"asked": GOOD, "told": {**GOOD, "at": "2026-11-22 12:00"}},
         "response shape 200/at: '2026-11-22 12:00' is no date-time"),
        ("POST /v2/things.json", {"asked": GOOD, "told": {**GOOD, "size": {"mm": 1}}},
         "response shape 200/size: 'cm' is a required property"),
        ("POST /v2/things.json", {"asked": GOOD, "told": {**GOOD, "more": 1}},
         "response field 200/more: is not declared"),
    ],
)  # fmt: skip
def test_what_differs_is_found(known, call, more, sentence):
    """One difference, one finding, with its side, kind and place."""
    (one,) = found(known, call, **more)
    assert one.startswith(sentence)


def test_long_lists_are_checked_at_their_ends(known):
    """`rows` at each end: a fault in the middle of a long list is passed over, one at its end is not."""
    rows = [GOOD] * 9
    middle, end = [*rows[:4], {}, *rows[5:]], [*rows[:8], {}]
    asked = {"query": "ids=1"}
    for told, count in ((middle, 0), (end, 2)):
        held = check(parse(line("GET /v3/things", told=told, **asked)), known, rows=2)
        assert len(held.findings) == count


def test_a_folder_without_specifications_is_refused(tmp_path):
    """Nothing to hold against is no success."""
    with pytest.raises(ValueError, match="no specification"):
        documents.read(tmp_path)


def test_the_script_counts_and_its_exit_code_says_so(tmp_path):
    """A table of endpoints, differences with their counts, and known ones apart."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "things.json").write_text(json.dumps(OPENAPI))
    tape, notes = tmp_path / "tape.jsonl", tmp_path / "known.toml"
    lines = [line("DELETE /v3/things/7", status=204), line("DELETE /v3/things/7", status=500)]
    tape.write_text("\n".join([*lines, lines[1]]) + "\n")
    notes.write_text("known = []\n")
    command = [sys.executable, str(SCRIPT), "--spec", str(tmp_path), "--traffic", str(tape), "--known"]
    failed = subprocess.run([*command, str(notes)], capture_output=True, text=True, check=False)
    assert failed.returncode == 1, failed.stderr
    assert re.search(r"3 +2 +acme: DELETE /v3/things/{thing} \(204 500\)", failed.stdout)
    assert "2 × acme DELETE /v3/things/{thing} response status 500" in failed.stdout
    assert "acme: 1 endpoints, 3 exchanges, 2 of them differ" in failed.stdout
    notes.write_text("[[known]]\nmatch = ' response status 500 '\nwhy = 'servers fail'\n")
    passed = subprocess.run([*command, str(notes)], capture_output=True, text=True, check=False)
    assert (passed.returncode, "2 × acme: servers fail" in passed.stdout) == (0, True)


def test_the_tape_keeps_whole_exchanges_and_no_keys(own_twin, tmp_path):
    """Headers and bodies both ways, files in base64; nothing of a cut connection, nothing once stopped."""
    tape = tmp_path / "tape.jsonl"
    own_twin.clear_faults()
    own_twin.tape(str(tape))
    base = f"{own_twin.url}/sendgrid/v3"
    headers = {"Authorization": "Bearer SG.twin"}
    with httpx.Client(headers=headers, trust_env=False) as client:
        client.post(f"{base}/marketing/contacts/search/emails", json={"emails": ["ö@x.example"]})
        job = client.post(f"{base}/marketing/contacts/exports", json={}).json()["id"]
        own_twin.advance(5)
        client.get(client.get(f"{base}/marketing/contacts/exports/{job}").json()["urls"][0])
        own_twin.fault(system="sendgrid", match="GET /v3/scopes", kind="drop_reply")
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{base}/scopes")
        own_twin.tape("")
        client.get(f"{base}/scopes")
    own_twin.clear_faults()
    kept = [json.loads(each) for each in tape.read_text(encoding="utf-8").splitlines()]
    assert [each["path"].rpartition("/")[2] for each in kept[:3]] == ["emails", "exports", job]
    assert [each["status"] for each in kept] == [404, 202, 200, 200]
    assert kept[0]["request"]["body"] == '{"emails":["ö@x.example"]}'
    assert kept[0]["request"]["headers"]["authorization"] == "Bearer"
    assert parse(json.dumps(kept[3])).response.body[:2] == b"\x1f\x8b"
    assert "SG.twin" not in tape.read_text(encoding="utf-8")
