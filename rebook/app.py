"""Building Rebook from its config and running it: the only place that knows everybody."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from core import inbox
from core.buckets import Buckets
from core.phrases import load_phrases
from core.store.engine import StoreUnavailable
from core.store.migrate import migrate
from core.store.sqlite import SqliteStore
from core.understand.lexicon import available_languages, load_lexicon
from mailin.address import Addresses
from mailin.door.imap import ImapDoor
from mailin.door.imap_wire import ImapServer
from mailin.door.inbound import BookingDoor
from mailin.door.limits import Limits, per_hour
from mailin.door.server import Listener, start_listener
from mailin.door.unaddressed import Unaddressed
from mailin.out import signing
from mailin.out.compose import Sender, mail_templates
from mailin.out.logo import Logos, fetch_logo
from mailin.out.outbound import Outbound
from mailin.out.send import MaildirSender, SmtpSender, SmtpServer
from mailin.out.signing import BadKey
from mailin.pipeline import Pipeline, Trust
from mailin.sender.authenticity import MAILBOX_PEER
from mailin.sender.dns import CachedResolver, TxtLookup
from mailin.sender.sender_check import SenderCheck
from rebook.config_values import Maildir
from web.asking import add_asking
from web.calendar_file import add_calendar_file
from web.health import add_health
from web.limits import Limits as PageLimits
from web.pages import add_pages
from web.server import SiteRunner
from web.site import Site, new_site_app, page_templates

if TYPE_CHECKING:
    from core.store.engine import Store
    from mailin.out.send import MailSender, Tls
    from mailin.out.signing import Signer
    from rebook.config import Config
    from rebook.config_values import Security

log = logging.getLogger(__name__)

ROLES = ("web", "mail", "worker")
"""What one process can be; more than one process can share the work."""

CLEAN_UP_EVERY = timedelta(hours=1)

GRACE_SECONDS = 5.0

_TLS: dict[Security, Tls] = {"offered": "auto", "required": "starttls", "never": "none", "wrapped": "implicit"}


class CannotStart(Exception):
    """Something that the operator can mend keeps Rebook from starting; the message says what."""


@dataclass
class Running:
    """What runs in this process and where it can be reached; a role that is not run here is None."""

    store: Store
    clock: Callable[[], datetime]
    txt: TxtLookup = field(default_factory=lambda: CachedResolver().txt)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    listener: Listener | None = None
    mailbox: ImapDoor | None = None
    web_port: int | None = None
    workers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def roles(self) -> dict[str, bool]:
        """Say of every role of this process whether it serves."""
        serving = {name: not task.done() for name, task in self.workers.items()}
        if self.listener is not None:
            serving["mail"] = True

        if self.mailbox is not None:
            serving["imap"] = self.mailbox.is_serving

        if self.web_port is not None:
            serving["web"] = True

        return serving


def wall_clock() -> datetime:
    """Return now, aware UTC."""
    return datetime.now(UTC)


async def serve(
    config: Config,
    *,
    only: Collection[str] = ROLES,
    extra_pages: Callable[[web.Application, Running], None] | None = None,
    ready: Callable[[Running], None] | None = None,
) -> None:
    """Run *only* these roles until SIGTERM or SIGINT, then finish what was begun.

    Raises:
        CannotStart: a port is taken, the database is of a newer version, …
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    async with running(config, only=only, extra_pages=extra_pages) as rebook:
        # Words, phrases and modules stay as long as the process: going through them to find garbage took 60 ms, in
        # which nobody was answered.
        gc.collect()
        gc.freeze()
        if ready is not None:
            ready(rebook)

        await _until_stopped(rebook, stop)


@asynccontextmanager
async def running(
    config: Config,
    *,
    only: Collection[str] = ROLES,
    extra_pages: Callable[[web.Application, Running], None] | None = None,
    clock: Callable[[], datetime] = wall_clock,
) -> AsyncIterator[Running]:
    """Build and start *only* these roles; on leaving, stop them in the order that loses nothing."""
    await asyncio.to_thread(migrate, config.database.path)
    store = SqliteStore.open(config.database.path)
    rebook = Running(store, clock)
    sender = new_mail_sender(config)
    site: web.AppRunner | None = None
    try:
        if "worker" in only:
            _start_workers(config, rebook, sender)

        if "mail" in only:
            rebook.listener = await _listen(config, rebook)
            _watch_mailbox(config, rebook)

        if "web" in only:
            site, rebook.web_port = await _serve_pages(config, rebook, extra_pages)

        yield rebook
    finally:
        if rebook.listener is not None:
            await rebook.listener.close(grace_seconds=GRACE_SECONDS)

        if site is not None:
            await site.cleanup()

        await _stop(rebook.workers.values())
        await sender.close()
        await store.close()


def own_addresses(config: Config) -> Addresses:
    """Return the addresses at which this installation is reached."""
    return Addresses(config.mail.incoming.domain, config.mail.imap.mailbox)


def imap_server(config: Config) -> ImapServer | None:
    """Return the mailbox that the config names, None where there is none."""
    imap = config.mail.imap
    if imap.url is None:
        return None

    tls: ssl.SSLContext | None = None
    if imap.url.security == "wrapped":
        try:
            tls = ssl.create_default_context(cafile=imap.tls_ca)
        except (OSError, ssl.SSLError) as error:
            raise CannotStart(f"mail.imap.tls_ca cannot be used: {error}") from error

    return ImapServer(imap.url.host, imap.url.port, imap.url.user, imap.url.password, imap.url.folder, tls)


def mail_look(config: Config) -> Sender:
    """Return what composing mail needs of this installation."""
    return Sender(
        base_url=config.app.base_url,
        addresses=own_addresses(config),
        from_address=config.mail.outgoing.from_address,
        keys=config.app.secret_keys,
        phrases=load_phrases(),
        templates=mail_templates(),
    )


def new_outbound(config: Config, rebook: Running, sender: MailSender) -> Outbound:
    """Return the worker that sends what the outbox holds.

    Raises:
        CannotStart: what it was told to sign with is no key.
    """
    return Outbound(
        rebook.store,
        mail_look(config),
        sender,
        rebook.clock,
        rebook.woken,
        signer=new_signer(config),
        logos=Logos(rebook.clock, fetch_logo),
    )


def new_signer(config: Config) -> Signer | None:
    """Return what signs our mail, if the config says so.

    Raises:
        CannotStart: the key is none.
    """
    outgoing = config.mail.outgoing
    if outgoing.dkim_domain is None or outgoing.dkim_selector is None or outgoing.dkim_key is None:
        return None

    try:
        return signing.new_signer(outgoing.dkim_domain, outgoing.dkim_selector, outgoing.dkim_key)
    except BadKey as bad:
        raise CannotStart(f"mail.out.dkim_key: {bad}") from None


def new_pipeline(config: Config, rebook: Running, sender: MailSender) -> Pipeline:
    """Return the worker that reads the inbox."""
    incoming = config.mail.incoming
    gates = tuple(str(one) for one in incoming.trusted_peers)
    return Pipeline(
        store=rebook.store,
        addresses=own_addresses(config),
        own_addresses=_sent_from(config),
        keys=config.app.secret_keys,
        trust=Trust(
            incoming.trust_authserv,
            (*gates, MAILBOX_PEER) if config.mail.imap.on and incoming.trust_authserv else gates,
            SenderCheck(rebook.txt, incoming.check_senders),
        ),
        postmaster=incoming.postmaster or config.mail.outgoing.from_address,
        sender=sender,
        clock=rebook.clock,
        arrived=rebook.arrived,
        woken=rebook.woken,
    )


def new_mail_sender(config: Config) -> MailSender:
    """Return the way out that the config names."""
    match config.mail.outgoing.url:
        case Maildir(path):
            return MaildirSender(path)
        case server:
            tls = _TLS[server.security]
            return SmtpSender(SmtpServer(server.host, server.port, server.user, server.password, tls))


def _sent_from(config: Config) -> tuple[str, ...]:
    """Return the addresses that our mail comes from, lower-case: what comes from them is our own (SPEC R6)."""
    return tuple(filter(None, (config.mail.outgoing.from_address.lower(), config.mail.imap.mailbox)))


def _start_workers(config: Config, rebook: Running, sender: MailSender) -> None:
    for language in available_languages():
        load_lexicon(language)  # a broken language must not wait for the first guest who speaks it

    work = {
        "reader": new_pipeline(config, rebook, sender).run(),
        "sender": new_outbound(config, rebook, sender).run(),
        "cleaner": _clean_up(rebook, timedelta(days=config.mail.incoming.keep_days)),
    }
    for name, coroutine in work.items():
        rebook.workers[name] = asyncio.create_task(coroutine, name=name)


async def _listen(config: Config, rebook: Running) -> Listener:
    incoming = config.mail.incoming
    limits = incoming.limits
    counted = Buckets(per_hour(limits.booking_messages_per_hour))
    addresses, keys = own_addresses(config), config.app.secret_keys
    door = BookingDoor(rebook.store, addresses, keys, rebook.clock, rebook.arrived, counted)
    try:
        return await start_listener(
            door,
            host=incoming.listen.host,
            port=incoming.listen.port,
            protocol=incoming.protocol,
            limits=Limits(
                size=limits.size,
                recipients=limits.recipients,
                sessions=limits.sessions,
                per_peer=limits.per_peer,
                session_seconds=limits.session_seconds,
                messages_per_minute=limits.messages_per_minute,
                unknown_per_minute=limits.unknown_per_minute,
            ),
            exempt=[str(one) for one in incoming.trusted_peers],
            hostname=incoming.domain,
            tls=_certificate(config),
            clock=rebook.clock,
        )
    except OSError as error:
        raise CannotStart(_port_taken("mail.in.listen", str(incoming.listen), error)) from error


def _watch_mailbox(config: Config, rebook: Running) -> None:
    """Start the door of who has only a mailbox, if there is one."""
    server = imap_server(config)
    if server is None:
        return

    door = BookingDoor(rebook.store, own_addresses(config), config.app.secret_keys, rebook.clock, rebook.arrived)
    rebook.mailbox = ImapDoor(
        server,
        Unaddressed(door, _sent_from(config)),
        largest=config.mail.incoming.limits.size,
        move_to=config.mail.imap.move_to,
    )
    rebook.workers["imap"] = asyncio.create_task(rebook.mailbox.run(), name="imap")


async def _serve_pages(
    config: Config, rebook: Running, extra_pages: Callable[[web.Application, Running], None] | None
) -> tuple[web.AppRunner, int]:
    site = Site(
        store=rebook.store,
        phrases=load_phrases(),
        keys=config.app.secret_keys,
        clock=rebook.clock,
        woken=rebook.woken,
        templates=page_templates(),
        mail=own_addresses(config),
        telegram_bot=config.telegram.bot_username if config.telegram.on else None,
        limits=PageLimits(trusted=config.web.trusted_proxies),
    )
    app = new_site_app(site)
    add_pages(app)
    add_asking(app)
    add_calendar_file(app)
    add_health(app, rebook.store, rebook.roles)
    if extra_pages is not None:
        extra_pages(app, rebook)

    runner = SiteRunner(app, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    listen = config.web.listen
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as error:
        await runner.cleanup()
        raise CannotStart(_port_taken("web.listen", str(listen), error)) from error

    return runner, int(runner.addresses[0][1])


def _certificate(config: Config) -> ssl.SSLContext | None:
    incoming = config.mail.incoming
    if incoming.tls_cert is None or incoming.tls_key is None:
        return None

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(incoming.tls_cert, incoming.tls_key)
    except (OSError, ssl.SSLError) as error:
        message = f"mail.in.tls_cert and mail.in.tls_key cannot be used: {error}"
        raise CannotStart(message) from error

    return context


async def _clean_up(rebook: Running, keep: timedelta) -> None:
    """Delete raw mail that was kept long enough (SPEC L5), every hour."""
    while True:
        try:
            await rebook.store.write(partial(inbox.forget_old_mail, before=rebook.clock() - keep))
        except StoreUnavailable:
            log.warning("the database cannot serve: old mail is deleted later")

        await asyncio.sleep(CLEAN_UP_EVERY.total_seconds())


async def _until_stopped(rebook: Running, stop: asyncio.Event) -> None:
    """Wait for the signal; a worker that ends before it takes the process down, so that someone restarts it."""
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiting, *rebook.workers.values()], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done - {waiting}:
        task.result()


async def _stop(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()

    results: Sequence[object] = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.error("a worker had failed", exc_info=result)


def _port_taken(setting: str, address: str, error: OSError) -> str:
    return f"{address} cannot be listened on ({error.strerror or error}): set {setting} to a free port"
