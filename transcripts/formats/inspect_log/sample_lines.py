"""A sample of an Inspect log as lines of our own: every message once, every response once.

What a response knew is told as a change of what its thread knew before. Nothing that a scorer
wrote, and nothing that was only known at the end, stands before the last line.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from transcripts.errors import UserError
from transcripts.formats.inspect_log.content import (
    Key,
    is_unresolved,
    message_key,
    normalise_message,
)
from transcripts.formats.inspect_log.contexts import Context, ranges
from transcripts.formats.inspect_log.line_types import LineType
from transcripts.formats.inspect_log.spans import Line, Spans

Json = dict[str, Any]


def sample_lines(sample: Any, log: Json, name: str) -> Iterator[Json]:
    """Yield the lines of one sample.

    Args:
        sample: an `EvalSample` with attachments resolved.
        log: what identifies the log that it stands in.
        name: names log and sample in messages.

    Raises:
        UserError: at a model call whose input is not there in full.
    """
    yield from _Writer(sample, name).lines(log)


class _Writer:
    """Writes one sample; remembers what every thread knew."""

    def __init__(self, sample: Any, name: str) -> None:
        self._sample = sample
        self._name = name
        self._spans = Spans()
        self._contexts: dict[str, Context] = {}
        self._messages: dict[int, tuple[Json, int]] = {}
        self._keys: dict[Key, int] = {}
        self._calls = 0
        self._skipped: Counter[str] = Counter()

    def lines(self, log: Json) -> Iterator[Json]:
        sample = self._sample
        events = list(sample.events)
        yield {
            "type": LineType.SAMPLE,
            **log,
            "sample": str(sample.id),
            "epoch": sample.epoch,
            "uuid": sample.uuid,
            "started": str(sample.started_at) if sample.started_at else None,
            "events": bool(events),
        }
        if events:
            for event in events:
                self._spans.feed(event)
                yield from self._event(event)
        else:
            yield from self._final_messages()
        yield self._withheld()

    def _event(self, event: Any) -> Iterator[Json]:
        self._skipped["nested"] += bool(getattr(event, "events", None))
        match event.event:
            case "model":
                yield from self._model_event(event)
            case "input":
                yield from self._person(event, "typed", event.input)
            case "interrupt" if event.source == "user_cancel":
                yield from self._person(event, "interrupt", f"interrupted {event.interrupted}")
            case "approval" if event.approver == "human" and event.decision != "approve":
                yield from self._person(event, "rejection", event.explanation or event.decision)

    def _person(self, event: Any, act: str, text: str) -> Iterator[Json]:
        """What a person did beside the messages; the messages that it led to come later."""
        line = self._spans.line_of(event, lambda: True)
        if line is not None:
            yield from self._begin(line)
            yield {
                "type": LineType.PERSON, "thread": line.name, "act": act, "text": text,
                "timestamp": event.timestamp.isoformat(),
            }  # fmt: skip

    def _model_event(self, event: Any) -> Iterator[Json]:
        if event.pending or not event.output.choices:
            self._skipped["pending" if event.pending else "failed"] += 1
            return
        line = self._spans.line_of(event, lambda: self._goes_on(event))
        if line is None:
            self._skipped["scorer"] = 1
            return
        self._calls += 1
        self._check_input(event)
        self._skipped["choices"] += len(event.output.choices) > 1
        yield from self._begin(line)
        yield from self._input(line, event.input, event.timestamp.isoformat())
        yield self._response(line, event)

    def _check_input(self, event: Any) -> None:
        if not event.input:
            reason = "refers to messages that are not there" if event.input_refs else "is empty"
            self._refuse(f"the input of model call {self._calls} {reason}")

    def _refuse(self, reason: str) -> None:
        raise UserError(f"{self._name}: {reason}; the sample was not imported.")

    def _goes_on(self, event: Any) -> bool:
        """Whether an input begins with more of the main line's context than its instructions."""
        context = self._contexts.get(self._spans.main.name)
        if context is None:
            return True
        kept = context.kept([self._message(message)[1] for message in event.input])
        return any(event.input[number].role != "system" for number in range(len(kept)))

    def _begin(self, line: Line) -> Iterator[Json]:
        if not line.begun:
            line.begun = True
            self._contexts[line.name] = Context()
            if line is not self._spans.main:
                yield {
                    "type": LineType.THREAD, "thread": line.name, "agent": line.agent,
                    "call_id": line.call_id,
                }  # fmt: skip

    def _input(self, line: Line, messages: list[Any], timestamp: str | None) -> Iterator[Json]:
        """Change what the thread knows into exactly these messages."""
        context = self._contexts[line.name]
        read = [self._message(message) for message in messages]
        kept = context.kept([number for _, number in read])
        dropped = context.reduce(kept)
        if dropped:
            yield {"type": LineType.CONTEXT, "thread": line.name, "drop": ranges(dropped)}
        for message, number in read[len(kept) :]:
            again = number in context.seen
            yield {
                "type": LineType.MESSAGE, "thread": line.name, "timestamp": timestamp, **message,
                "human": self._is_human(line, message, number), "again": again,
            }  # fmt: skip
            context.add(number)

    def _is_human(self, line: Line, message: Json, number: int) -> bool:
        """Whether a person wrote it: by its source, or as the first that the main line is told."""
        if message["role"] != "user" or line is not self._spans.main:
            return False
        context = self._contexts[line.name]
        source = message.get("source")
        first = context.task is None or context.task == number
        if source in {"input", "operator"} or (source is None and first):
            context.task = number if context.task is None else context.task
            return True
        return False

    def _response(self, line: Line, event: Any) -> Json:
        message, number = self._message(event.output.choices[0].message)
        self._contexts[line.name].add(number)
        return {
            "type": LineType.MODEL,
            "thread": line.name,
            "uuid": event.uuid,
            "timestamp": (event.completed or event.timestamp).isoformat(),
            "model": event.output.model or event.model,
            "message": message,
        }

    def _message(self, message: Any) -> tuple[Json, int]:
        """A message as it is written, and the number of all that look like it."""
        found = self._messages.get(id(message))
        if found is None:
            value = normalise_message(message.model_dump(mode="json"))
            if is_unresolved(value):
                self._refuse(f"a message of model call {self._calls} refers to a lost attachment")
            number = self._keys.setdefault(message_key(value), len(self._keys))
            found = self._messages[id(message)] = (value, number)
        return found

    def _final_messages(self) -> Iterator[Json]:
        """The oldest logs keep no events: the final messages, a response at every reply."""
        main = self._spans.main
        yield from self._begin(main)
        history: list[Any] = []
        for message in self._sample.messages:
            if message.role == "assistant" and message.source != "input":
                yield from self._input(main, history, None)
                value, number = self._message(message)
                self._contexts[main.name].add(number)
                yield {
                    "type": LineType.MODEL,
                    "thread": main.name,
                    "uuid": message.id,
                    "message": value,
                }
            history.append(message)
        yield from self._input(main, history, None)

    def _withheld(self) -> Json:
        """What was known at the end only: stored, never shown.

        Scores and the store are left out: another scoring writes them anew, and the recording
        of the work would no longer be the same.
        """
        sample = self._sample
        self._skipped["retries"] = len(sample.error_retries or [])
        ended = [self._message(message) for message in sample.messages]
        known = {number for context in self._contexts.values() for number in context.seen}
        return {
            "type": LineType.WITHHELD,
            "target": sample.target,
            "choices": sample.choices,
            "metadata": sample.metadata,
            "messages": [value for value, number in ended if number not in known],
            "error": sample.error.message if sample.error else None,
            "limit": sample.limit.type if sample.limit else None,
            "skipped": {name: count for name, count in self._skipped.items() if count},
        }
