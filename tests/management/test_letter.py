"""manage.py letter: a request in JSON becomes a letter, or a sentence that says what is wrong."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

CHICAGO: dict[str, Any] = {
    "law": "us-il-bipa",
    "right": "notice",
    "platform": "tiktok",
    "language": "en",
    "paper": "letter",
    "date": "2026-11-24",
    "residence": "US-IL",
    "sender": {
        "name": "Carl Sample",
        "address": ["12 Elm Street", "Chicago, IL 60601"],
        "email": "carl@example.org",
    },
    "account": {"handle": "@carl"},
    "facts": {},
}
BERLIN: dict[str, Any] = {
    **CHICAGO,
    "law": "eu-gdpr",
    "right": "access",
    "platform": "facebook",
    "language": "de",
    "paper": "a4",
    "residence": "DE-BE",
}


def letter(tmp_path: Path, request: object, ending: str = ".txt") -> bytes:
    asked, made = tmp_path / "request.json", tmp_path / f"letter{ending}"
    asked.write_text(json.dumps(request), "utf-8")
    call_command("letter", str(asked), output=str(made))
    return made.read_bytes()


def test_somebody_in_chicago_writes_to_tiktok(tmp_path: Path) -> None:
    text = letter(tmp_path, CHICAGO).decode()

    assert (
        "TikTok USDS Joint Venture LLC\nAttn: Privacy Policy Inquiry\n5800 Bristol Parkway" in text
    )
    assert "TikTok Inc." not in text
    assert "740 ILCS 14" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_what_was_collected_before_goes_to_both_companies(tmp_path: Path) -> None:
    text = letter(tmp_path, {**CHICAGO, "facts": {"since": "2021-06-02"}}).decode()

    assert "TikTok USDS Joint Venture LLC" in text
    assert "TikTok Inc.\nAttn: Privacy Policy Inquiry\n5800 Bristol Parkway, Suite 100" in text


def test_somebody_in_berlin_writes_to_facebook_in_german(tmp_path: Path) -> None:
    text = letter(tmp_path, BERLIN).decode().replace("\N{NO-BREAK SPACE}", " ")

    assert "Meta Platforms Ireland Limited" in text
    assert "IRLAND" in text
    assert "Sehr geehrte Damen und Herren," in text
    assert "Art. 15 DSGVO" in text


@pytest.mark.parametrize(
    ("ending", "begins"), [(".pdf", b"%PDF-1.7"), (".html", b"<!doctype html>"), (".txt", b"Carl")]
)
def test_the_ending_chooses_the_form(tmp_path: Path, ending: str, begins: bytes) -> None:
    assert letter(tmp_path, CHICAGO, ending).startswith(begins)


def test_a_dash_prints_the_text(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(CHICAGO))
    out = io.StringIO()

    call_command("letter", str(tmp_path / "request.json"), output="-", stdout=out)

    assert out.getvalue().encode() == letter(tmp_path, CHICAGO)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"law": "us-xx"}, "unknown law 'us-xx'; known are: us-il-bipa, eu-gdpr, uk-gdpr"),
        (
            {"right": "access"},
            "us-il-bipa has no letter 'access'; it has: mandate, notice, pre_suit",
        ),
        ({"platform": "tiktokk"}, "tiktok"),
        ({"language": "fr"}, "not written in 'fr'; it is in: en"),
        ({"paper": "a5"}, "unknown paper 'a5'; known are: a4, "),
        ({"date": "2026-02-30"}, "'date' is no date that exists"),
        ({"date": "20261124"}, "'date' is no date that exists"),
        ({"residence": "Illinois"}, "unknown place 'Illinois'"),
        ({"residence": "US-NY"}, "lives in US-IL, not in US-NY"),
        (
            {"sender": {"nom": "x"}},
            "unknown key 'nom' of 'sender'; known are: name, address, email",
        ),
        ({"sender": {"name": 7}}, "'name' is not a text: 7"),
        ({"sender": {"name": "Carl", "address": "Elm"}}, "'address' of 'sender' is not a list"),
        ({"sender": {}}, "the letter cannot be made; missing: sender.name"),
        ({"account": []}, "'account' is not an object"),
        ({"facts": {"mood": 1}}, "unknown fact 'mood'; known are:"),
        ({"right": "preserve"}, "missing: facts.claim"),
        ({"extra": 1}, "unknown key 'extra' of the request; known are: law, right, platform"),
        ({"facts": {"content": "\ue123"}}, "U+E123"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(CommandError) as raised:
        letter(tmp_path, {**CHICAGO, **change}, ".pdf")

    assert message in str(raised.value)
    assert raised.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["request.json"]


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="'paper' is missing"):
        letter(tmp_path, {key: value for key, value in CHICAGO.items() if key != "paper"})


def test_an_ending_we_do_not_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"ends in none of \.pdf, \.html, \.txt"):
        letter(tmp_path, CHICAGO, ".docx")


def test_a_request_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("{")

    with pytest.raises(CommandError, match="is not JSON"):
        call_command("letter", str(tmp_path / "request.json"), output="-")


# Many at once -------------------------------------------------------------------------------------


def many(tmp_path: Path, source: Path, **options: Any) -> list[str]:
    """The names of the letters that a file gives, made by two workers as text."""
    folder = tmp_path / "letters"
    call_command("letter", str(source), output=str(folder), format="txt", workers=2, **options)
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".txt")


def jsonl(tmp_path: Path, *requests: object) -> Path:
    source = tmp_path / "requests.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in requests), "utf-8")
    return source


def numbered(number: int) -> dict[str, Any]:
    return {**CHICAGO, "sender": {**CHICAGO["sender"], "name": f"Person Number{number}"}}


def test_each_line_becomes_a_letter_of_its_own(tmp_path: Path) -> None:
    made = many(tmp_path, jsonl(tmp_path, *map(numbered, range(1, 61))))

    assert made == [f"{line:06}.txt" for line in range(1, 61)]
    for line in (1, 30, 60):
        text = (tmp_path / "letters" / f"{line:06}.txt").read_text("utf-8")
        assert set(re.findall(r"Person Number\d+", text)) == {f"Person Number{line}"}


def test_a_line_that_is_wrong_fails_alone_and_says_why(tmp_path: Path) -> None:
    source = jsonl(tmp_path, numbered(1), {**numbered(2), "law": "us-xx"}, numbered(3))
    with source.open("a") as stream:
        stream.write("{broken\n")

    with pytest.raises(CommandError) as refused:
        many(tmp_path, source)

    failed = (tmp_path / "letters" / "failed.csv").read_text("utf-8").splitlines()
    made = sorted(path.name for path in (tmp_path / "letters").glob("*.txt"))
    assert refused.value.returncode == 2
    assert made == ["000001.txt", "000003.txt"]
    assert [line.partition(",")[0] for line in failed] == ["line", "2", "4"]
    assert "us-xx" in failed[1]


def times(folder: Path) -> dict[str, int]:
    """When each letter was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.txt")}


def test_a_run_that_was_stopped_goes_on_and_makes_nothing_twice(tmp_path: Path) -> None:
    source = jsonl(tmp_path, *map(numbered, range(1, 41)))
    many(tmp_path, source)
    letters = tmp_path / "letters"
    kept = times(letters)
    for gone in ("000007.txt", "000031.txt"):
        (letters / gone).unlink()
        del kept[gone]
    (letters / ".letter-cut").write_text("half a let")  # as a killed worker leaves it

    made = many(tmp_path, source)

    assert made == [f"{line:06}.txt" for line in range(1, 41)]
    assert (
        kept.items() <= {path.name: path.stat().st_mtime_ns for path in letters.iterdir()}.items()
    )
    assert not list(letters.glob(".letter-*"))


def test_a_folder_takes_the_letters_of_one_file_only(tmp_path: Path) -> None:
    many(tmp_path, jsonl(tmp_path, numbered(1)))

    with pytest.raises(CommandError, match="letters of another file"):
        many(tmp_path, jsonl(tmp_path, numbered(2)))


def test_a_table_says_the_same_as_json(tmp_path: Path) -> None:
    source = tmp_path / "requests.csv"
    source.write_text(
        "\ufefflaw;right;platform;language;paper;date;residence;sender.name;sender.address;"
        "sender.email;account.handle;facts.since\n"
        "us-il-bipa;notice;tiktok;en;letter;2026-11-24;US-IL;=Carl Sample;"
        "12 Elm Street | Chicago, IL 60601;carl@example.org;@carl;2021-06-02\n",
        "utf-8",
    )
    many(tmp_path, source)
    told = {
        **CHICAGO,
        "sender": {**CHICAGO["sender"], "name": "=Carl Sample"},
        "facts": {"since": "2021-06-02"},
    }

    assert (tmp_path / "letters" / "000001.txt").read_bytes() == letter(tmp_path, told)
