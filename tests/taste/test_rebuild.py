from collections import Counter

from sqlmodel import select

from taste.bodies import hash_body
from taste.rebuild import rebuild_body, rebuild_request
from taste.tables import Call
from transcripts.db import Db


def test_every_request_of_a_study_is_built_again_from_the_rows_alone(done: Db) -> None:
    purposes = Counter[str]()
    for call in done.exec(select(Call)):
        request = rebuild_request(done, call)
        assert request.text_hash == call.request_hash, call.purpose
        body = rebuild_body(call, request)
        assert body is not None
        assert hash_body(body) == call.body_hash
        purposes[call.purpose] += 1
    assert {"propose", "placebo", "oracle", "restate", "judge", "digest", "leak"} <= set(purposes)
    assert "recovery" in purposes
    assert {"loading", "identity", "faithfulness"} <= set(purposes)
