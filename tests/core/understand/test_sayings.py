"""One meaning, many sayings: English replies to a booking on Thursday 4 March 2027 at 15:00, said on Monday 1 March."""

from collections.abc import Callable

import pytest

from core.understand.reading import Pending

Short = Callable[..., str]

WISHES = {
    "reschedule 03-05@15:00": [
        "Friday at 3",
        "Fri 3pm?",
        "friday 3 please",
        "Could we do Friday at 3 instead?",
        "Thursday doesn't work, Friday at 3 would be better",
        "can't make Thursday, can you do Friday at 15:00?",
        "Please move my appointment to Friday 5 March at 3pm",
        "Is Friday at three o'clock free?",
        "5/3 at 3pm would suit me",
        "2027-03-05 15:00",
        "move it to March 5th at 3",
        "Same time on Friday please",
        "Same time Friday?",
        "the day after at the same time please",
        "a day later please",
        "could you push it back by a day",
        "this Friday, 3 pm",
        "can we move Thursday's appointment to Friday at 3?",
        "move me from Thursday to Friday, same time",
        "Fri the 5th at 1500 hrs",
        "3 in the afternoon on Friday works for me",
        "I am out of the office on Thursday, can we do Friday at 3?",
    ],
    "reschedule 03-04@16:00": [
        "could we do 4 instead?",
        "4pm instead please",
        "an hour later please",
        "Can we push it back an hour?",
        "make it 4",
        "4 o'clock would be better",
        "move my 3pm to 4pm",
        "thursday 4?",
        "could you move it from 3 to 4?",
        "4 instead of 3",
        "60 minutes later",
        "can I come an hour later?",
        "the same day at 4",
    ],
    "reschedule 03-04@14:30": [
        "half two please",
        "half past two?",
        "half an hour earlier please",
        "30 minutes earlier?",
        "Can we bring it forward half an hour?",
        "2.30 instead?",
        "could we make it 14:30",
        "2:30 works better",
        "two thirty please",
    ],
    "reschedule 03-04@15:15": ["quarter past three please", "15 minutes later please", "could we do a quarter past 3?"],
    "reschedule 03-04@16:45": ["quarter to five please", "can we make it quarter to 5?"],
    "reschedule 03-04@12:00": ["noon please", "could we do midday instead?", "12 noon on Thursday please"],
    "reschedule 03-11@15:00": [
        "a week later please",
        "can we push it by a week?",
        "exactly one week later",
        "Thursday next week at 3",
        "next week thursday at 3",
    ],
    "reschedule 03-05": [
        "Friday?",
        "could I come on Friday instead",
        "the 5th please",
        "Thursday's no good, what about Friday",
        "can I come on 5 March?",
    ],
    "reschedule 03-05@12:00-17:00": [
        "Friday afternoon",
        "sometime Friday afternoon?",
        "in the afternoon on friday please",
    ],
    "reschedule 03-05@00:00-12:00": ["Friday morning please", "could we do the morning of Friday"],
    "reschedule 03-05@17:00-24:00": ["friday after work", "Friday evening?"],
    "reschedule 03-05@16:00-24:00": [
        "Friday after 4",
        "any time after 4 on Friday",
        "Friday from 4pm",
        "4pm onwards on Friday",
        "not before 4 on friday please",
        "friday, 4 at the earliest",
    ],
    "reschedule 03-05@00:00-11:00": [
        "Friday before 11",
        "Friday by 11",
        "friday, 11 at the latest",
        "no later than 11 on Friday",
    ],
    "reschedule 03-05@10:00-12:00": [
        "Friday between 10 and 12",
        "friday 10-12",
        "Friday from 10 to 12",
        "Friday 10am - 12pm",
        "between ten and noon on Friday",
    ],
    "reschedule 03-05@14:30-15:31": [
        "Friday around 3",
        "friday 3ish",
        "Friday at about 3",
        "Friday at around 3 o'clock",
    ],
    "reschedule 03-08..03-14": [
        "next week please",
        "Could we do it sometime next week?",
        "any day next week",
        "can't this week, next week?",
    ],
    "reschedule 03-08@00:00-12:00 03-10@00:00-12:00": ["Monday or Wednesday morning next week"],
    "reschedule 03-05 03-08": ["Friday or Monday", "fri / mon", "either Friday or Monday please"],
    "reschedule 03-05@10:00 03-05@11:00": ["Friday at 10 or 11", "friday 10 or 11?"],
    "reschedule 03-02@10:00-12:00 03-05@16:00-24:00": [
        "Tue 10-12 or Fri after 4",
        "Tuesday between 10 and 12, or Friday after 4pm",
    ],
    "reschedule 03-01@09:00..03-03@23:59": ["can you fit me in before Thursday?", "anything before Thursday?"],
    "reschedule 03-11..03-25": ["after the 10th please"],
    "reschedule 03-08..03-10": ["8-10 March", "between the 8th and the 10th", "early next week"],
    "reschedule 03-02": ["tomorrow?", "could you fit me in tomorrow"],
    "reschedule 03-02@09:30": ["tomorrow 9.30?", "tomorrow at half nine please", "tomorrow at half past 9"],
    "reschedule 03-03@11:00": ["day after tomorrow at 11", "Wednesday at eleven", "11 on Wednesday"],
    "reschedule 03-01@17:00-24:00": ["tonight?", "this evening please"],
    "reschedule 03-06..03-07": ["this weekend?", "can I come at the weekend"],
    "reschedule 04-01..04-30": ["sometime in April", "can we do it in april instead"],
    "reschedule 03-04@00:00-15:00": [
        "earlier that day?",
        "Would earlier be possible?",
        "can I come earlier on Thursday?",
    ],
    "reschedule 03-04@15:00-24:00": ["later that day please", "any chance of later on Thursday?"],
    "reschedule 03-12@11:00": ["Friday next week at 11", "friday week at 11", "a week on Friday at 11am"],
    "reschedule": [
        "I need to reschedule",
        "can we find another time?",
        "Please reschedule",
        "I'd like to change my appointment",
        "could we rearrange?",
        "Can I move my appointment?",
    ],
    "reschedule 03-04@15:00 with Marcus": [
        "Can I have Marcus instead?",
        "with Marcus please",
        "could I see Marcus instead?",
    ],
    "reschedule 03-05@10:00 with Dr Patel": [
        "Friday at 10 with Dr Patel",
        "can Dr Patel do Friday at 10?",
        "10am Friday with Patel please",
    ],
    "reschedule 03-05@10:00 with Will": ["Friday at 10 with Will please"],
}

ACTS = {
    "cancel": [
        "cancel",
        "Please cancel my appointment",
        "Hi, I need to cancel my booking on Thursday, sorry",
        "I won't be needing the appointment any more",
        "Can you cancel it please?",
        "I'd like to cancel please. Thanks, Jo",
        "call it off please",
        "I want to cancel",
        "not coming, please cancel",
        "Cancel Thursday please, I'll rebook another time",
    ],
    "keep": [
        "Ignore my last message, I'll be there",
        "please don't cancel",
        "Leave it as it is please",
        "keep my appointment as it is",
        "I can make it after all",
        "No need to change it, I'll be there Thursday at 3",
    ],
    "message": [
        "Where do I park?",
        "What happens if I cancel?",
        "Is there a cancellation fee?",
        "I'm running ten minutes late",
        "My sister will come instead of me",
        "How much does it cost?",
        "Can you send me the invoice?",
        "Could you ring me please",
        "I might have to cancel, will let you know",
        "Do you take cards?",
        "what should I bring on Thursday?",
        "Do I need to cancel if I'm late?",
    ],
    "none": [
        "Got it, thanks!",
        "Thanks!",
        "Great, thank you",
        "ok",
        "See you on Thursday",
        "Thanks, see you then",
        "👍",
        "Hi",
        "I am out of the office until 15 March with limited access to email.",
        "",
    ],
    "undo": ["undo"],
}

CHOICES = {
    "pick 1": [
        "1",
        "option 1",
        "the first one",
        "Friday works",
        "the friday one please",
        "number one please",
        "#1",
        "11 please",
        "Friday at 11 is perfect",
        "the earliest",
    ],
    "pick 2": [
        "2",
        "2 please",
        "The second",
        "second one please",
        "option two",
        "Saturday at 10",
        "10am works",
        "no. 2",
    ],
    "pick 3": [
        "3",
        "the last one",
        "quarter past 12",
        "12.15 please",
        "the third option",
        "Saturday, the later one",
        "Sat 12:15 please",
    ],
    "no": ["none of these work", "No", "neither works for me", "none of those I'm afraid"],
    "yes": ["yes please", "sounds good"],
    "cancel": ["just cancel it please"],
    "reschedule 03-08": ["none of these, maybe Monday?", "Monday?"],
    "reschedule 03-05@16:00": ["Friday at 4 instead?", "could you do 4pm on Friday"],
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(meaning, text) for meaning, sayings in table.items() for text in sayings]


@pytest.mark.parametrize(("meaning", "text"), cases(WISHES))
def test_a_wish_is_read(short: Short, meaning: str, text: str) -> None:
    """R1: plain words for another time."""
    assert short(text) == meaning


@pytest.mark.parametrize(("meaning", "text"), cases(ACTS))
def test_an_act_is_read(short: Short, meaning: str, text: str) -> None:
    """R1, R3, R5: cancelling, keeping, words for a person, words for nobody."""
    assert short(text).removesuffix(" +question") == meaning


@pytest.mark.parametrize(("meaning", "text"), cases(CHOICES))
def test_an_answer_to_an_offer_is_read(short: Short, offer: Pending, meaning: str, text: str) -> None:
    """R2: replying '2', 'the second', 'the Friday one' picks."""
    assert short(text, offer) == meaning
