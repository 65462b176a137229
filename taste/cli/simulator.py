"""`taste simulator`: simulated models on this machine, limits and faults as asked for."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taste.simulator.limits import RateLimits


def simulator(  # noqa: PLR0913, PLR0917 - one argument for each option
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    seed: Annotated[int, typer.Option(help="Seed of the world that answers.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[@SECONDS][:N]", help="Switch on one class of fault; may be repeated."
        ),
    ] = None,
    latency: Annotated[float, typer.Option(min=0, help="Seconds that every answer takes.")] = 0.0,
    requests: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute that each model takes.")
    ] = None,
    input_tokens: Annotated[
        int | None, typer.Option(min=1, help="Input tokens a minute, without those read cached.")
    ] = None,
    output_tokens: Annotated[
        int | None, typer.Option(min=1, help="Output tokens a minute.")
    ] = None,
    burst: Annotated[
        float, typer.Option(min=0.001, help="Seconds of these limits that may be taken at once.")
    ] = 60.0,
) -> None:
    """Serve simulated models on this machine, speaking the Messages API, until Ctrl-C."""
    from taste.simulator.faults import parse_fault
    from taste.simulator.server import Simulator, serve
    from taste.simulator.service import Service
    from taste.simulator.world import World

    given = {"requests": requests, "input_tokens": input_tokens, "output_tokens": output_tokens}
    limits = _limits({name: n for name, n in given.items() if n is not None}, burst)
    faults = [parse_fault(each) for each in fault or ()]
    service = Service(limits=limits)
    server = Simulator(World(seed=seed), faults=faults, latency=latency, port=port, service=service)
    serve(server, lambda url: typer.echo(f"simulated models at {url} (Ctrl-C stops)"))


def _limits(given: dict[str, int], burst: float) -> "RateLimits | None":
    """The limits to keep; None if none is asked for."""
    from taste.simulator.limits import RateLimits
    from transcripts.errors import UserError

    if not given:
        return None
    try:
        return RateLimits(**given, burst=burst)
    except ValueError as error:
        raise UserError("At these limits a bucket never holds a whole request.") from error
