"""Commands about the installation: set up, check, run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rebook.commands.options import ConfigFile
from rebook.failure import Failed, failed_with

ROLES = ("web", "mail", "worker")
LATER_ROLES = ("telegram", "slack")


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (demo, init, check, serve, migrate):
        app.command()(command)


def demo(
    folder: Annotated[Path, typer.Option(help="Where its data are kept.")] = Path("demo-data"),
    web_port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the pages.")] = 8080,
    mail_port: Annotated[int, typer.Option(min=0, max=65535, help="The port replies come in by.")] = 8025,
) -> None:
    """Run a made-up business with a local mailbox."""
    import asyncio

    from rebook.app import CannotStart
    from rebook.demo import run
    from rebook.logs import set_up_logs

    set_up_logs("text")
    try:
        asyncio.run(run(folder, web_port=web_port, mail_port=mail_port))
    except CannotStart as reason:
        raise Failed(f"{reason} (--web-port and --mail-port choose others)") from None


def init(file: Annotated[Path, typer.Argument(metavar="FILE", help="The config to write.")]) -> None:
    """Write a commented config with a fresh secret."""
    from rebook.init import write_new_config

    try:
        write_new_config(file)
    except FileExistsError:
        raise Failed(f"{file} is there already: nothing was written") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}") from None

    typer.echo(f"{file} is written. Set base_url, mail.in.domain and mail.out in it, then: rebook check -c {file}")


def check(
    config_file: ConfigFile = None,
    *,
    mail: Annotated[
        bool, typer.Option("--mail", help="Send a mail the way guests' mails go instead, while `serve` runs.")
    ] = False,
    wait: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long that mail may take.")] = 30,
) -> None:
    """Say everything that is wrong with this installation.

    Looks at config, database, templates, languages, folders and ports.
    """
    if mail:
        _check_mail(config_file, wait)
        return

    from rebook.check import dns_records, find_problems

    problems = find_problems(config_file)
    if problems:
        raise failed_with(problems, "")

    for record in dns_records(config_file):
        typer.echo(f"in DNS: {record}")

    typer.echo("All is well: config, database, templates, languages, folders and ports.")


def serve(
    config_file: ConfigFile = None,
    only: Annotated[
        str | None, typer.Option(metavar="ROLE,…", help=f"Run only these roles of {', '.join(ROLES)}.")
    ] = None,
) -> None:
    """Run Rebook until it is told to stop."""
    roles = ROLES if only is None else _read_roles(only)
    import asyncio

    from rebook.app import CannotStart
    from rebook.app import serve as run
    from rebook.desk import load
    from rebook.logs import set_up_logs

    config = load(config_file)
    set_up_logs(config.app.log)
    for name, is_configured in (("telegram", config.telegram.on), ("slack", config.slack.on)):
        if only is None:
            why = "comes in a later version" if is_configured else "has no token in the config"
            typer.echo(f"left out: {name} {why}", err=True)

    try:
        asyncio.run(run(config, only=roles))
    except CannotStart as reason:
        raise Failed(str(reason)) from None


def migrate(config_file: ConfigFile = None) -> None:
    """Bring the database to this version."""
    from core.store.migrate import migrate as bring_up_to_date
    from rebook.desk import load

    path = load(config_file).database.path
    bring_up_to_date(path)
    typer.echo(f"{path} is of this version.")


def _check_mail(config_file: Path | None, seconds: int) -> None:
    import asyncio

    from rebook.check_mail import Wrong, check_mail
    from rebook.desk import load

    try:
        typer.echo(asyncio.run(check_mail(load(config_file), seconds=seconds)))
    except Wrong as reason:
        raise Failed(str(reason)) from None


def _read_roles(words: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    for role in roles:
        if role in LATER_ROLES:
            raise Failed(f"the role {role} comes in a later version; there are {', '.join(ROLES)}")

        if role not in ROLES:
            raise typer.BadParameter(f"there is no role {role!r}; there are {', '.join(ROLES)}", param_hint="--only")

    if not roles:
        raise typer.BadParameter(f"name one or more of {', '.join(ROLES)}", param_hint="--only")

    return roles
