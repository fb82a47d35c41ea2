"""The bytes of a mail, read back by the standard library's own reader."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from mailin.out.mime import assemble, binary_part, multipart, text_part, worded

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)


@given(LINES)
def test_any_line_in_a_header_is_read_back_as_it_was(line: str) -> None:
    """RFC 2047: encoded words of whole characters, 76 octets a line, nothing mistaken for an encoding."""
    said = " ".join(line.split())

    raw = assemble([("Subject", worded(said))], text_part("plain", ""))
    header = raw.split(b"\r\nContent-Type", maxsplit=1)[0].decode("ascii")

    assert str(make_header(decode_header(header.removeprefix("Subject: ").replace("\r\n", "")))) == said
    if "=?utf-8?b?" in header:
        assert all(len(folded) <= 76 for folded in header.split("\r\n"))


@given(st.lists(LINES, max_size=5))
def test_any_text_is_read_back_as_it_was(lines: list[str]) -> None:
    """RFC 2045 6.7: also lines of any length, dots, blanks at the end of a line, and the word From."""
    text = "\n".join([".", "From here ", "-- ", *lines, ""])

    raw = assemble([], text_part("plain", text))

    assert str(message_from_bytes(raw, policy=default).get_content()).replace("\r\n", "\n") == text
    assert all(len(line) <= 76 for line in raw.split(b"\r\n"))
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0


def test_parts_nest_and_keep_their_bytes() -> None:
    data = bytes(range(256)) * 3
    inner = multipart("alternative", [text_part("plain", "a\n"), text_part("html", "<p>ż</p>\n")], secret="s")

    raw = assemble(
        [("To", "jo@example.org")], multipart("mixed", [inner, binary_part("x/y", data, "f.ics")], secret="s")
    )
    message = message_from_bytes(raw, policy=default)

    parts = [part for part in message.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "x/y"]
    assert [part.get_payload(decode=True) for part in parts] == [b"a\r\n", "<p>ż</p>\r\n".encode(), data]
    assert parts[-1].get_filename() == "f.ics"
    assert all(part.defects == [] for part in message.walk())


def test_the_first_word_stays_beside_its_name_however_long() -> None:
    """Some programs lose a Message-ID that stands on a line of its own."""
    identity = f"<7.abc@{'x' * 100}.test>"

    raw = assemble([("Message-ID", identity), ("References", f"{identity} <2@x.test>")], text_part("plain", ""))

    assert raw.startswith(f"Message-ID: {identity}\r\nReferences: {identity}\r\n <2@x.test>\r\n".encode())
