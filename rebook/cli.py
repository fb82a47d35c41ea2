"""`rebook`: the terminal. Only names are imported here, so that `--help` is there at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from rebook.commands import bookings, business, new_booking, reading, running, verbs
from rebook.failure import explain


def build_app() -> typer.Typer:
    """Return the command line with every command, in the order in which people meet them."""
    app = typer.Typer(
        name="rebook",
        help="Guests move or cancel a booking by replying in plain words; staff run the book from here.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # rich takes longer to import than all the rest
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for subject in (running, business, bookings, new_booking, verbs, reading):
        subject.add_commands(app)

    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        build_app()(args=None if arguments is None else list(arguments), prog_name="rebook")
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise

        typer.echo(sentence, err=True)
        sys.exit(1)
