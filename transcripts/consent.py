"""Whether a session may be used on a day: the one rule on withdrawal and on the end of consent."""

from datetime import date

from transcripts.tables import Session


def consent_fault(session: Session, today: date) -> str | None:
    """Say why a session may not be used on a day, if it may not; its last day is included."""
    if session.withdrawn_at is not None:
        return f"was withdrawn on {session.withdrawn_at.date()}"
    if session.usable_until is not None and today > session.usable_until:
        return f"could be used until {session.usable_until} only"
    return None
