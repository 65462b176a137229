"""Ordinary prose, code, identifiers and placeholders stay as they are."""

import base64
import random

import orjson
import pytest

from transcripts.redaction.redactor import make_redactor

PROSE = (
    "The quick brown fox wrote a password manager and forgot the token for its own secret.",
    "Token: a unit of text. Password: required. Secret: none. The key is to keep it simple.",
    "We disk-cache the task-force results; the risk-adjusted score was sk-learn's default.",
    "Bearer authentication is explained in section 3 of the credentials guide.",
)
CODE = (
    "def login(user, password=None, token: str = get_token()):\n    password = PASSWORD",
    "api_key = os.environ['API_KEY']\ntoken=$TOKEN\nexport S=${S}\nx = process.env.API_KEY",
    'client = Client(api_key="<your-key>", token="YOUR_API_TOKEN", secret="xxxxxxxxxxxxxxxx")',
    "max_tokens=4096, input_tokens: 12345, n_token = 12, cache_key=cache_key_for(user)",
    'password: null\ntoken: ""\nsecret: {{ secrets.DEPLOY }}\npassword: ${{ secrets.PW }}',
    '{"password": "string", "token": "hello", "tokens": ["the", "cat"], "secret": false}',
    "PWD=/home/work\nOLDPWD=/tmp/x\nGPG_KEY=none\nSSH_AUTH_SOCK=/run/ssh",
    "git commit 3f786850e387550fdab836ed7e6dc881de23001b by https://github.com/a/b@main",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ok",
    "uuid 123e4567-e89b-12d3-a456-426614174000, toolu_01A09q90qw90lq917835lq9",
    "http://localhost:8080/a/b?x=1#y ssh://git@github.com:22/a.git 12:30:45",
    "assert token == expected_token and self.password != other.password",
    "1234567890 3.14159 -1e-10 0x1f 127.0.0.1:6379:0",
    "headers = {'Authorization': f'Bearer {token}', 'X-Api-Key': api_key}",
    "[secret:anthropic:0123abcd] password=[secret:password:abc]",
)


@pytest.mark.parametrize("text", [*PROSE, *CODE])
def test_ordinary_text_stays_the_same_object(text: str) -> None:
    raw = orjson.dumps({"type": "user", "message": {"content": [{"type": "text", "text": text}]}})
    redactor = make_redactor()
    assert redactor.redact_line(raw) is raw
    assert not redactor.counts


def test_pictures_and_signatures_stay() -> None:
    noise = random.Random(5).randbytes(200_000)
    value = {"data": base64.b64encode(noise).decode(), "media_type": "image/png"}
    raw = orjson.dumps(value)
    assert make_redactor().redact_line(raw) is raw


def test_encoded_text_without_a_secret_stays() -> None:
    raw = orjson.dumps({"data": base64.b64encode(b"nothing to see here, really. " * 40).decode()})
    assert make_redactor().redact_line(raw) is raw


def test_nothing_is_redacted_when_nothing_is_asked_for() -> None:
    redactor = make_redactor(secrets=False)
    raw = b'{"password": "hunter2!"}'
    assert (redactor.redact_line(raw) is raw, redactor.version) == (True, "none")
    assert redactor.redact_text("DB_PASSWORD=hunter2!") == "DB_PASSWORD=hunter2!"
