"""Secrets and names that stand in addresses and links."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tokens import (
    calendar_key,
    check_form_token,
    form_token,
    make_ref,
    make_token,
    mask_tokens,
    read_message_id,
    read_ref,
    read_token,
    sign_message_id,
    token_for,
)

KEYS = ("the newest of the secret keys, long enough", "an older one, still good for what was sent")
STRANGE_KEYS = ("a key of somebody else's installation ...",)
RANDOM = bytes(range(16))
TOKEN = make_token(RANDOM, KEYS)
RANDOM_PART = "aaaqeayeaudaocajbifqydiob4"

randoms = st.binary(min_size=16, max_size=16)


def test_a_token_is_42_characters_that_any_address_can_carry() -> None:
    """T1, T2: within the 64 octets of a local part and of Telegram's start parameter."""
    assert re.fullmatch(r"[a-z2-7]{42}", TOKEN)
    assert len(f"reply+{TOKEN}") <= 64
    assert TOKEN.startswith(RANDOM_PART[:25])


@given(random=randoms)
def test_a_token_gives_back_its_random_part(random: bytes) -> None:
    """T1: what the store keeps is enough to make the token again."""
    token = make_token(random, KEYS)

    part = read_token(token, KEYS)

    assert part is not None
    assert len(part) == 26
    assert token_for(part, KEYS) == token


@given(random=randoms, place=st.integers(0, 41), character=st.characters())
def test_any_changed_character_is_refused(random: bytes, place: int, character: str) -> None:
    """T1: one canonical form, the two spare bits at its end included."""
    token = make_token(random, KEYS)

    changed = token[:place] + character + token[place + 1 :]

    is_same = character.isascii() and changed.lower() == token
    assert (read_token(changed, KEYS) is not None) == is_same


def test_every_last_character_but_one_is_refused() -> None:
    """T1: a base32 reader that ignores spare bits would take four."""
    accepted = [last for last in "abcdefghijklmnopqrstuvwxyz234567" if read_token(TOKEN[:-1] + last, KEYS)]

    assert accepted == [TOKEN[-1]]


@pytest.mark.parametrize(
    "carried",
    [
        TOKEN.upper(),
        TOKEN.capitalize(),
        f"<{TOKEN}>",
        f"({TOKEN}).",
        f"{TOKEN}.",
        f" \t{TOKEN}\r\n",
        f"{TOKEN[:20]}\r\n {TOKEN[20:]}",
        f"{TOKEN[:20]}=\r\n{TOKEN[20:]}",
        f"{TOKEN[:20]}=\n{TOKEN[20:]}",
        f"“{TOKEN}”",
        f"{TOKEN[:9]}\u00ad{TOKEN[9:30]}\u200b{TOKEN[30:]}",
    ],
)
def test_a_token_survives_what_mail_does_to_it(carried: str) -> None:
    """T2: lower-casing, line wrapping, a trailing dot or bracket."""
    assert read_token(carried, KEYS) == RANDOM_PART


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        TOKEN[:-1],
        TOKEN + "a",
        TOKEN + TOKEN,
        TOKEN.replace("a", "а"),  # Cyrillic
        make_token(b"\x03" * 16, KEYS).replace("k", "\u212a"),  # the Kelvin sign lowers to k
        "=" * 42,
        " " * 5000 + TOKEN,
        "ä" * 42,
        "\x00" * 42,
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    """T1, L1."""
    assert read_token(text, KEYS) is None


@given(text=st.text(max_size=100))
def test_no_text_breaks_a_reader(text: str) -> None:
    """L1."""
    assert read_token(text, KEYS) is None
    assert read_message_id(text, "example.com", KEYS) is None
    assert not check_form_token(text, RANDOM_PART, "move", KEYS)
    assert read_ref(text) is None or len(read_ref(text) or "") == 7
    mask_tokens(text)


def test_keys_rotate_without_breaking_what_was_sent() -> None:
    """T1: the newest signs, every listed one verifies, one that was dropped does not."""
    newer = ("a newer key than all of them, just added", *KEYS)

    assert read_token(TOKEN, newer) == RANDOM_PART
    assert token_for(RANDOM_PART, newer) != TOKEN
    assert read_token(make_token(RANDOM, KEYS[1:]), KEYS) == RANDOM_PART
    assert read_token(TOKEN, KEYS[1:]) is None
    assert read_token(TOKEN, STRANGE_KEYS) is None


@pytest.mark.parametrize("random", [b"", bytes(15), bytes(17)])
def test_a_token_is_made_of_16_bytes_only(random: bytes) -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        make_token(random, KEYS)


def test_only_a_random_part_is_signed_again() -> None:
    with pytest.raises(ValueError, match="random part"):
        token_for("not base32", KEYS)


@given(random=randoms)
def test_a_calendar_key_opens_nothing(random: bytes) -> None:
    """T5: derived, short, and neither a token nor a part of one."""
    token = make_token(random, KEYS)
    part = read_token(token, KEYS)
    assert part is not None

    key = calendar_key(part, KEYS)

    assert len(f"cal+{key}") <= 64
    assert read_token(key, KEYS) is None
    assert key not in token


@given(number=st.one_of(st.integers(0), st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)))
def test_a_message_id_is_known_again_and_holds_no_token(number: int | str) -> None:
    """T5: also after a mail program changed its case."""
    signed = sign_message_id(number, "Reply.Example.com", KEYS)

    assert re.fullmatch(r"<[a-z0-9-]+\.[a-z2-7]{16}@reply\.example\.com>", signed)
    assert read_message_id(signed, "reply.example.com", KEYS) == str(number)
    assert read_message_id(f" {signed.upper()[1:-1]}\r\n", "reply.example.com", KEYS) == str(number)
    assert mask_tokens(signed) == signed


@pytest.mark.parametrize("number", ["", "UPPER", "a.b", "a b", "ä", "a@b", "<"])
def test_a_number_that_would_not_survive_is_not_signed(number: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        sign_message_id(number, "example.com", KEYS)


def test_a_message_id_of_another_number_domain_or_key_is_not_ours() -> None:
    signed = sign_message_id(12, "example.com", KEYS)

    assert read_message_id(signed.replace("<12.", "<13."), "example.com", KEYS) is None
    assert read_message_id(signed, "example.org", KEYS) is None
    assert read_message_id(signed.replace("example.com", "example.org"), "example.org", KEYS) is None
    assert read_message_id(signed, "example.com", STRANGE_KEYS) is None
    assert read_message_id(sign_message_id(12, "example.com", KEYS[1:]), "example.com", KEYS) == "12"


def test_a_form_token_is_good_for_its_booking_and_purpose_alone() -> None:
    """T6: a change is a POST from the page that showed it."""
    token = form_token(RANDOM_PART, "cancel", KEYS)

    assert check_form_token(token, RANDOM_PART, "cancel", KEYS)
    assert check_form_token(form_token(RANDOM_PART, "cancel", KEYS[1:]), RANDOM_PART, "cancel", KEYS)
    assert not check_form_token(token, RANDOM_PART, "move", KEYS)
    assert not check_form_token(token, "b" + RANDOM_PART[1:], "cancel", KEYS)
    assert not check_form_token(token, RANDOM_PART, "cancel", STRANGE_KEYS)
    assert not check_form_token(calendar_key(RANDOM_PART, KEYS), RANDOM_PART, "cancel", KEYS)


def test_what_is_signed_for_one_purpose_is_no_good_for_another() -> None:
    """T1, T5: the same words under another label."""
    of_a_message = sign_message_id(RANDOM_PART, "cancel", KEYS).split(".")[1].split("@")[0]

    assert of_a_message != form_token(RANDOM_PART, "cancel", KEYS)
    assert not check_form_token(of_a_message, RANDOM_PART, "cancel", KEYS)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"see https://x.example/b/nova/manage/{TOKEN}?a=1", "see https://x.example/b/nova/manage/…?a=1"),
        (f"To: <reply+{TOKEN}@x.example>", "To: <reply+…@x.example>"),
        (f"t.me/bot?start={TOKEN.upper()}.", "t.me/bot?start=…."),
        (f"start=3D{TOKEN}", "start=…"),
        (f"> /manage/{TOKEN[:30]}\n> {TOKEN[30:]} thanks", "> /manage/… thanks"),
        (f"/manage/{TOKEN[:30]}=\r\n{TOKEN[30:]}\r\nAnna\r\nSmith", "/manage/…\r\nAnna\r\nSmith"),
        (f"Hi\nJo\n{TOKEN[:30]}\n{TOKEN[30:]}\n{TOKEN[:12]}\n{TOKEN[12:]}\nBye", "Hi\nJo\n…\n…\nBye"),
        (f"{TOKEN} {TOKEN}", "… …"),
        (f"unmistakable\n{TOKEN[:30]}\n{TOKEN[30:]}\nBye", "…\nBye"),  # a word that fits to its first line, too
        (
            "Could we\nmove it\nto Thursday?\nBest\nregards\nAnna",
            "Could we\nmove it\nto Thursday?\nBest\nregards\nAnna",
        ),
        ("Unfortunately\nunderstandably\ninconveniencing", "Unfortunately\nunderstandably\ninconveniencing"),
    ],
)
def test_staff_never_see_a_token(text: str, masked: str) -> None:
    """T5: in what staff see of a guest's mail."""
    assert mask_tokens(text) == masked


@pytest.mark.parametrize(
    "line",
    [
        "a\n",
        "a2" * 10 + "b\n> ",
        "=\r\n",
        "a\n" + ">" * 50,
        "a2" * 30,
        "a2b4\nc\nd\na2b4c6d7a2b4\n",
        "/" + "a" * 20 + "\n",
    ],
)
def test_a_megabyte_is_masked_in_under_a_second(line: str) -> None:
    """L1: nothing that a guest can send stalls a worker."""
    text = line * (1_000_000 // len(line))

    began = process_time()
    mask_tokens(text)
    took = process_time() - began

    assert took < 1


@given(random=randoms, before=st.text(max_size=30), after=st.text(max_size=30), wrap=st.integers(1, 41))
def test_no_token_survives_the_mask(random: bytes, before: str, after: str, wrap: int) -> None:
    """T5: whatever stands around it."""
    token = make_token(random, KEYS)

    assert token not in mask_tokens(f"{before}{token}{after}").lower()
    assert token[wrap:] not in mask_tokens(f"{before}/{token[:wrap]}\n> {token[wrap:]} {after}").split("\n> ")


def test_a_reference_is_short_and_unmistakable() -> None:
    """T4."""
    assert make_ref(0) == "000-000"
    assert make_ref(2**30 - 1) == "ZZZ-ZZZ"
    assert make_ref(2**30) == make_ref(0)


@given(random=st.integers(0, 2**64))
def test_a_reference_is_read_as_people_type_it(random: int) -> None:
    """T4: case, a missing dash, letters for the digits they look like."""
    ref = make_ref(random)

    typed = (ref, ref.lower(), ref.replace("-", ""), f" #{ref} ", ref.replace("-", " – "), ref.replace("0", "O"))

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}", ref)
    assert {read_ref(text) for text in (*typed, ref.replace("1", "l"), ref.replace("1", "i"))} == {ref}


@pytest.mark.parametrize("text", ["", "K7Q", "K7Q-2MXX", "K7Q--2MX", "K7U-2MX", "K7Q_2MX", TOKEN, "-K7Q2MX"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    assert read_ref(text) is None
