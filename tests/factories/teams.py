"""Teams that answer for a business, and customers who wait for them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.factories import users
from tests.factories.listings import seller
from tests.factories.messaging import opened
from tests.suite import Answer, Person, Suite

PRESENCE = "PUT /api/v1/teams/me/presence"


@dataclass(frozen=True, slots=True)
class Team:
    """A business, who owns it, and agents of it."""

    business_id: UUID
    owner: Person
    agents: tuple[Person, ...]


def team(suite: Suite, agents: int = 2, **rules: Any) -> Team:
    """Have a business with agents, none of whom is there yet; `rules` are its policy's."""
    owner, business = seller(suite)
    people = tuple(users.member(suite, owner, str(business)) for _ in range(agents))
    made = Team(business, owner, people)
    if rules:
        assert ruled(suite, made, **rules).status == 200
    return made


def ruled(suite: Suite, made: Team, version: int | None = None, **rules: Any) -> Answer:
    """Say how a team shares its conversations out, whatever comes of it."""
    path = f"/api/v1/teams/{made.business_id}/policy"
    if version is None:
        version = suite.call(f"GET {path}", made.owner).data["version"]
    return suite.call(f"PUT {path}", made.owner, body=rules, version=version)


def knows(who: Person, *skills: str, **more: Any) -> dict[str, Any]:
    """Return what a policy says of an agent."""
    return {"user_id": str(who.user_id), "skills": list(skills), **more}


def says(
    suite: Suite, made: Team, who: Person, state: str = "online", *, after: float = 0
) -> dict[str, Any]:
    """Have somebody say whether he is there, some seconds from now."""
    suite.rows("DELETE FROM platform.rate_limit")
    body = {"business_id": str(made.business_id), "state": state}
    answer = suite.call(PRESENCE, who, body=body, now=at(after))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.data
    return found


def at(seconds: float) -> datetime:
    """Return the time some seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def asks(suite: Suite, made: Team, who: Person | None = None, **about: Any) -> dict[str, Any]:
    """Have a customer ask a team for support; return the conversation as he sees it."""
    suite.rows("DELETE FROM platform.rate_limit")
    customer = who or users.person(suite, given_name="Amina")
    return opened(suite, customer, made.business_id, kind="support", **about)


def does(suite: Suite, who: Person, verb: str, conversation: str, **body: Any) -> Answer:
    """Have somebody assign, resolve, reopen or escalate a conversation, whatever comes of it."""
    suite.rows("DELETE FROM platform.rate_limit")
    path = f"POST /api/v1/conversations/{conversation}/{verb}"
    return suite.call(path, who, body=body or None)


def whose(suite: Suite, conversation: str) -> UUID | None:
    """Return to whom a conversation is assigned."""
    found: UUID | None = suite.value(
        "SELECT agent_id FROM messaging.support_case WHERE conversation_id = :id", id=conversation
    )
    return found


def state(suite: Suite, conversation: str) -> str:
    """Return how far a conversation has got."""
    found: str = suite.value(
        "SELECT state FROM messaging.support_case WHERE conversation_id = :id", id=conversation
    )
    return found
