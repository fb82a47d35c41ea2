"""The options that many commands share, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option("-c", "--config", metavar="FILE", help="The config; else rebook.toml, else $REBOOK_CONFIG."),
]
BusinessSlug = Annotated[
    str | None, typer.Option("--business", metavar="SLUG", help="Which business, where the database holds several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="The booking's reference, such as K7Q-2MX.")]
