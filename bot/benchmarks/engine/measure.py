"""`atelier bench engine`: opens the arms, warms them up, measures the parts and reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from rich.console import Console
from rich.progress import Progress

from bot.benchmarks.engine.arms import BATCH, draw_all, open_arms
from bot.benchmarks.engine.bench import ARMS, Bench
from bot.benchmarks.engine.desk import Desk
from bot.benchmarks.engine.parts import PARTS
from bot.benchmarks.engine.plan import Plan
from bot.benchmarks.report import Figure, Report
from bot.errors import AtelierError
from bot.inventory import build_catalogue
from bot.settings import DEMO_MODEL, Settings, demo_model
from engine.benchmarks.gauges import compilations
from engine.benchmarks.random_models import SD15, SDXL, write_random_model
from engine.catalogue import ModelSource
from engine.devices import DevicePlan, describe_device, plan_device
from engine.errors import EngineError
from engine.options import EngineOptions

_RANDOM = {"random-sd15": (SD15, 512), "random-sdxl": (SDXL, 1024)}
_STALL_S = 600.0  # a slow device is measured, not ended


async def measure(source: ModelSource, plan: Plan, device: str, threads: int, console: Console) -> Report:
    """Raises `AtelierError` where the model cannot be loaded, or a request fails."""
    with TemporaryDirectory(prefix="atelier-") as folder:
        options = EngineOptions(
            device=device, threads=threads, stall_s=_STALL_S, digests=Path(folder) / "digests.json"
        )
        try:
            where = plan_device(device)
            figures = await _measure(source, plan, options, where, console)
        except EngineError as error:
            raise AtelierError(str(error)) from error
    return _report(source, plan, threads, where, figures)


@contextmanager
def find_model(name: str, settings: Settings, side: int | None, folder: Path | None) -> Iterator[ModelSource]:
    """A model of the settings, or a random one, which is written to `folder` (none: a temporary one) unless it is
    there. `side` is of its pictures, in pixels (none: its own). Raises `AtelierError`."""
    with TemporaryDirectory(prefix="atelier-") as temporary:
        if name in _RANDOM:
            architecture, own_side = _RANDOM[name]
            place = (folder or Path(temporary)) / name
            write_random_model(place, architecture)
            source = ModelSource(name=name, source=str(place), width=own_side, height=own_side)
        else:
            source = _configured(name, settings)
        yield replace(source, width=side, height=side) if side else source


def _configured(name: str, settings: Settings) -> ModelSource:
    """The demo model is always there."""
    if name == DEMO_MODEL and name not in [model.name for model in settings.models]:
        settings = settings.model_copy(update={"models": (demo_model(),)})
    try:
        return build_catalogue(settings).get(name)
    except EngineError as error:
        raise AtelierError(f"{error} There are also {' and '.join(_RANDOM)}.") from error


async def _measure(
    source: ModelSource, plan: Plan, options: EngineOptions, where: DevicePlan, console: Console
) -> list[Figure]:
    with Progress(console=console, transient=True, auto_refresh=False) as bar:
        loading = bar.add_task(f"loading {source.name}", total=1)
        bar.refresh()
        async with open_arms(source, options) as arms:
            bar.update(loading, completed=1, refresh=True)
            bench = Bench(arms, Desk(source, plan), plan, bar, where.device.type)
            await _warm_up(bench)
            compiled = compilations()
            figures: list[Figure] = []
            for part in plan.parts:
                began = monotonic()
                figures += await PARTS[part](bench)
                console.print(f"[dim]{part}: measured in {monotonic() - began:.0f} s[/]")
    fresh = compilations() - compiled
    return [*figures, Figure("recompiles", fresh, meaning="graphs that torch compiled after the warm-up")]


async def _warm_up(bench: Bench) -> None:
    """A short crowd, with previews, for each arm."""
    plan = replace(bench.plan, repeats=1, long=2 * bench.plan.short)
    crowd = replace(bench.desk, plan=plan).crowd(0, preview_every=1)

    async def run(name: str, _: int) -> float:
        return await draw_all(bench.arms[name], crowd)

    await replace(bench, plan=plan).take_turns("warming up", ARMS, run)


def _report(
    source: ModelSource, plan: Plan, threads: int, where: DevicePlan, figures: list[Figure]
) -> Report:
    device = describe_device(where)
    setting = (
        f"{source.name}, {source.width} × {source.height}, {device.precision} on {device.name}, {threads} threads "
        f"each, medians of {plan.repeats} repeats in turns. a: stock diffusers calls, one after another; c: stock "
        f"calls of up to {BATCH} requests with equal parameters; fast, exact: this engine; vs_a: as a multiple of a's."
    )
    facts = (
        ("device", f"{device.kind}, {device.name}"),
        ("precision", device.precision),
        ("model", source.name),
        ("side", source.width),
        ("threads", threads),
        ("repeats", plan.repeats),
        ("requests", plan.requests),
        ("arrivals", plan.arrivals),
        ("short", plan.short),
        ("long", plan.long),
    )
    return Report("The engine against stock diffusers calls", setting, tuple(figures), facts)
