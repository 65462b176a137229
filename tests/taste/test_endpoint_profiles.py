"""Endpoints by profile: what they can, their headers, the user's own file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from taste.bodies import How
from taste.client import Client
from taste.connections import open_sdk
from taste.endpoints import capability_fault
from taste.orders import Order
from taste.profiles import add_profiles, read_profiles
from taste.requests import build_request
from taste.seats import Endpoint, ModelSeat
from taste.spending import Budget, StopRun
from taste.study import Limits, parse_study
from transcripts.errors import UserError
from transcripts.tables import Session

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SESSION = Session(external_id="s", lineage="s", format="f", thread="main", imported_at=NOW)
REQUEST = build_request("leak", digest="d", move="m")


def test_what_a_server_lacks_is_left_out_or_put_into_the_prompt() -> None:
    endpoint = Endpoint(name="e", base_url="http://127.0.0.1:1", preset="ollama")
    client = Client({"e": endpoint}, Limits(budget_usd=1), Budget(1))
    ready = client.prepare(Order(REQUEST, ModelSeat(name="m", model="x", endpoint="e"), SESSION))
    assert ready.how == How(ttl=None, structured=False)
    assert set(ready.body) == {"model", "max_tokens", "messages"}
    assert "cache_control" not in str(ready.body)


@pytest.mark.parametrize(
    "asked", [{"effort": "low"}, {"thinking": "disabled"}], ids=["effort", "thinking"]
)
def test_what_a_seat_asks_and_a_server_lacks_is_refused_by_name(asked: dict[str, Any]) -> None:
    endpoint = Endpoint(name="e", base_url="http://127.0.0.1:1", preset="llama.cpp")
    seat = ModelSeat(name="m", model="x", endpoint="e", **asked)
    client = Client({"e": endpoint}, Limits(budget_usd=1), Budget(1))
    with pytest.raises(StopRun, match=f"{next(iter(asked))} = .*'e' .llama.cpp. cannot do"):
        client.prepare(Order(REQUEST, seat, SESSION))
    able = endpoint.model_copy(update={"capabilities": dict.fromkeys(asked, True)})
    assert capability_fault(seat, able) is None


def test_a_header_takes_its_value_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(name="e", base_url="http://127.0.0.1:1", headers={"X-Team": "TEAM"})
    with pytest.raises(UserError, match="set TEAM in the environment"):
        open_sdk(endpoint, 1)
    monkeypatch.setenv("TEAM", "blue")
    sdk = open_sdk(endpoint, 1)
    assert sdk.default_headers["X-Team"] == "blue"
    asyncio.run(sdk.close())


@pytest.mark.parametrize(
    "headers", [{"Host": "A"}, {"authorization": "A"}, {"X-Team": "Bearer sk-1"}, {"a b": "A"}]
)
def test_a_header_that_would_hold_a_value_or_redirect_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"not yours to set|has to name"):
        Endpoint(name="e", headers=headers)


STUDY = """
name = "s"
sets = ["a"]
proposers = [{ name = "p", model = "m", endpoint = "mine" }]
restater = { name = "r", model = "m" }
judges = [{ name = "j", model = "n", endpoint = "mine" }]
limits = { budget_usd = 1 }
"""
PROFILES = """
[[endpoints]]
name = "mine"
base_url = "http://127.0.0.1:8000"
preset = "vllm"
capabilities = { thinking = true }
headers = { "X-Team" = "TEAM" }
[[endpoints]]
name = "other"
"""


def test_a_study_gets_the_users_endpoints_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "e.toml").write_text(PROFILES, encoding="utf-8")
    profiles = read_profiles(tmp_path / "e.toml")
    text = add_profiles(STUDY, profiles)
    study = parse_study(text, "s.toml")
    assert study.endpoint("mine") == profiles["mine"]
    assert [each.name for each in study.endpoints] == ["mine", "anthropic"]
    assert add_profiles(text, profiles) == text


def test_a_study_that_states_its_endpoints_is_left_as_it_is(tmp_path: Path) -> None:
    assert read_profiles(tmp_path / "none.toml") == {}
    own = STUDY + '[[endpoints]]\nname = "mine"\n[[endpoints]]\nname = "anthropic"\n'
    assert add_profiles(own, {"mine": Endpoint(name="mine", preset="vllm")}) == own
    assert add_profiles("no toml", {}) == "no toml"


@pytest.mark.parametrize(
    "text", ["[", "other = 1", '[[endpoints]]\nname = "a b"', "[[endpoints]]\nname='a'\n" * 2]
)
def test_a_faulty_file_of_endpoints_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "endpoints.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="endpoints"):
        read_profiles(file)
