"""The command line: each command reads the settings, builds the parts it needs, and passes them in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.benchmarks.engine.plan import Part, Plan
from bot.cli.common import Config, console, run_async, settings_of, token_of
from bot.cli.keeping import keeping
from bot.errors import AtelierError, ConfigError
from bot.settings import DEMO_MODEL
from engine.request import MAX_SIDE, MAX_STEPS, MIN_SIDE

EX_CONFIG = 78  # sysexits.h: the configuration is at fault; a supervisor need not try again

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
bench = typer.Typer(no_args_is_help=True, help="Measure this machine; every benchmark prints a table.")

Json = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]


@app.command()
def run(config: Config = None) -> None:
    """Run the bot on the real Discord until it is stopped."""
    from bot.cli.run import run_until_stopped

    settings = settings_of(config)
    run_async(run_until_stopped(settings, token_of(settings)))


@app.command()
def playground(
    config: Config = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The page's port; 0 takes any free one.")
    ] = 8734,
    folder: Annotated[
        Path | None, typer.Option(help="Keep queue and pictures here; by default they are forgotten.")
    ] = None,
) -> None:
    """Try everything in a browser: no token, no GPU, no download."""
    from bot.cli.playground import play

    run_async(play(settings_of(config), port, folder, console))


@app.command()
def imagine(
    prompt: Annotated[
        str, typer.Argument(help='What the picture should show, such as "a red house at night --ar 3:2".')
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG file to write.")] = Path("out.png"),
    negative: Annotated[str | None, typer.Option(help="What it should not show.")] = None,
    aspect: Annotated[
        str | None, typer.Option(help="A ratio such as 3:2, or pixels such as 512x768.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="How many pictures, by default 1; more than one are numbered.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed and words give the same picture.")] = None,
    model: Annotated[str | None, typer.Option(help="Which model of the settings draws.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(help="How strictly the words are followed.")] = None,
    image: Annotated[Path | None, typer.Option(help="A picture to start from.")] = None,
    strength: Annotated[float | None, typer.Option(help="How much of it changes, 0.05 to 1.")] = None,
    config: Config = None,
) -> None:
    """Draw a picture here and now, without Discord."""
    from bot.cli.imagine import draw
    from bot.domain.words import Words

    words = Words(
        prompt=prompt,
        negative=negative,
        aspect=aspect,
        count=count,
        seed=seed,
        model=model,
        steps=steps,
        guidance=guidance,
        strength=strength,
    )
    run_async(draw(settings_of(config), words, image, out, console))


@app.command()
def doctor(config: Config = None) -> None:
    """Check everything that the bot needs, and say what to do where something is missing."""
    from bot.cli.doctor import examine

    healthy = run_async(examine(settings_of(config), console))
    raise typer.Exit(0 if healthy else 1)


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database to this version; a backup is kept beside it."""
    from bot.storage.database import locked
    from bot.storage.migrate import migrate as bring_up_to_date
    from bot.stores import DATABASE

    path = settings_of(config).storage.folder / DATABASE
    with locked(path):
        applied = bring_up_to_date(path)
    names = ", ".join(migration.name for migration in applied)
    console.print(f"{path}: {names or 'nothing to do, it is up to date'}.", soft_wrap=True)


app.add_typer(keeping)
app.add_typer(bench, name="bench")


@app.command(hidden=True)
def health(config: Config = None) -> None:
    """For the container's health check: exit 0 while the bot answers Discord's heartbeats."""
    from bot.health import healthy

    raise typer.Exit(0 if healthy(settings_of(config).storage.folder) else 1)


@bench.command()
def fidelity(
    prompts: Annotated[
        int, typer.Option(min=2, help="How many prompts, half of them withheld from training.")
    ] = 200,
    steps: Annotated[int, typer.Option(min=1, max=150, help="Denoising steps.")] = 25,
    json: Json = None,
) -> None:
    """Does the demo model draw what the prompt says? An independent judge looks."""
    from bot.benchmarks.fidelity import measure
    from bot.benchmarks.report import present

    present(run_async(measure(prompts, steps, console)), console, json)


@bench.command()
def loop(
    commands: Annotated[int, typer.Option(min=1, help="How many commands are sent.")] = 200,
    seconds: Annotated[float, typer.Option(min=0.1, help="Over how many seconds.")] = 5.0,
    json: Json = None,
) -> None:
    """Is the event loop free while pictures are drawn? Lag, and the time to acknowledge a command."""
    from bot.benchmarks.loop import measure
    from bot.benchmarks.report import present

    present(run_async(measure(commands, seconds, console)), console, json)


@bench.command()
def provenance(
    side: Annotated[int, typer.Option(min=MIN_SIDE, max=MAX_SIDE, help="Pixels of a square picture.")] = 512,
    repeats: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 50,
    json: Json = None,
) -> None:
    """What does it cost that a picture says what it is? Bytes and milliseconds of text and signature."""
    from bot.benchmarks.provenance import measure
    from bot.benchmarks.report import present

    present(measure(side, repeats), console, json)


@bench.command()
def engine(
    config: Config = None,
    model: Annotated[
        str, typer.Option(help="A model of the settings, or random-sd15 or random-sdxl of full size.")
    ] = DEMO_MODEL,
    parts: Annotated[list[Part] | None, typer.Option(help="Only this part; may be given again.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often each arm runs each part.")] = 5,
    requests: Annotated[int, typer.Option(min=2, help="How many come at once in the crowd.")] = 16,
    arrivals: Annotated[int, typer.Option(min=2, help="How many jobs come at random times.")] = 20,
    short: Annotated[int, typer.Option(min=1, max=MAX_STEPS, help="Steps of a short job.")] = 4,
    long: Annotated[int, typer.Option(min=2, max=MAX_STEPS, help="Steps of a long job.")] = 50,
    side: Annotated[
        int | None, typer.Option(min=MIN_SIDE, max=MAX_SIDE, help="Pixels; the model's own by default.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cuda, cuda:1, mps or cpu.")] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="Torch's threads for each arm; all cores by default.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the random model here; by default it is forgotten.")
    ] = None,
    json: Json = None,
) -> None:
    """This engine against stock diffusers calls: throughput, latency, fairness, memory.

    All of it takes half an hour on two cores; --parts measures less.
    """
    from bot.benchmarks.engine.measure import find_model, measure
    from bot.benchmarks.report import present

    plan = Plan(
        repeats=repeats,
        requests=requests,
        arrivals=arrivals,
        short=short,
        long=long,
        parts=parts or list(Part),
    )
    with find_model(model, settings_of(config), side, folder) as source:
        work = measure(source, plan, device, threads or os.cpu_count() or 1, console)
        present(run_async(work), console, json)


def main() -> None:
    """Run the command line; what can be told in a sentence is, and exits without a traceback."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # transformers warns that torchvision is missing, which nothing here needs
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    try:
        app()
    except ConfigError as error:
        _say(error)
        sys.exit(EX_CONFIG)
    except AtelierError as error:
        _say(error)
        sys.exit(1)


def _say(error: AtelierError) -> None:
    words = escape(error.sentence)
    Console(stderr=True).print(f"[bold red]atelier:[/] {words}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
