"""What the endpoints of a study say of themselves before anything is planned. Sends no text."""

from dataclasses import dataclass, field

from taste.client import Client
from taste.endpoints import api_key, is_loopback
from taste.planning.preflight import ModelFacts, read_facts
from taste.seats import Endpoint
from taste.spending import Budget, StopRun
from taste.study import Study
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class Silent:
    """An endpoint that said nothing of its models, and why."""

    endpoint: str
    why: str
    is_fault: bool = False
    """Whether a run could not reach it either."""


@dataclass(slots=True)
class Known:
    """What the endpoints said."""

    simulated: bool = False
    facts: dict[tuple[str, str], ModelFacts] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    """Endpoints that list their models."""
    silent: list[Silent] = field(default_factory=list)


def client_for(study: Study) -> Client:
    """A client for questions that cost nothing."""
    endpoints = {endpoint.name: endpoint for endpoint in study.endpoints}
    return Client(endpoints, study.limits, Budget(study.limits.budget_usd))


async def ask_endpoints(client: Client, study: Study, *, offline: bool) -> Known:
    """Ask every endpoint which models it has; offline, those on this machine alone."""
    known = Known()
    for endpoint in study.used_endpoints:
        if endpoint.by_file:
            why = f"the answers of {endpoint.name!r} come by file"
            known.silent.append(Silent(endpoint.name, why))
            continue
        if offline and not is_loopback(endpoint.base_url):
            why = f"the endpoint {endpoint.name!r} was not asked"
            known.silent.append(Silent(endpoint.name, why))
            continue
        try:
            await _ask(client, endpoint, known)
        except (StopRun, UserError) as error:
            known.silent.append(Silent(endpoint.name, str(error), is_fault=True))
    return known


async def _ask(client: Client, endpoint: Endpoint, known: Known) -> None:
    api_key(endpoint)
    known.simulated |= await client.is_simulated(endpoint.name)
    able = endpoint.can("models_api")
    entries = await client.read_models(endpoint.name) if able else None
    if entries is None:
        why = f"the endpoint {endpoint.name!r} does not list its models"
        known.silent.append(Silent(endpoint.name, why))
        return
    known.listed.add(endpoint.name)
    for entry in entries:
        facts = read_facts(entry)
        known.facts[endpoint.name, facts.model] = facts
