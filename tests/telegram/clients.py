"""aiogram as a client of the Bot API server, closed without the quarter second that its session waits for TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from tests.telegram.bot_api import TOKEN, BotApi


@asynccontextmanager
async def open_bot(api: BotApi, token: str = TOKEN) -> AsyncIterator[Bot]:
    """Yield a bot that talks with *api*."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.url))
    bot = Bot(token, session=session)
    try:
        yield bot
    finally:
        await (await session.create_session()).close()


def keyboard(*rows: list[str]) -> InlineKeyboardMarkup:
    """Buttons whose data is their label."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=label, callback_data=label) for label in row] for row in rows]
    )
