"""How a business shares its support conversations out among its people."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.messaging import Skill
from schemas.shape import Instant, Language, Shape, Version, Zone

Presence_ = Annotated[
    Literal["online", "away", "offline"],
    Field(description="`away`: keeps what he has and gets nothing new."),
]
Capacity = Annotated[int, Field(ge=1, le=50, description="Conversations at once.")]
TimeOfDay = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"),
    Field(examples=["08:30"]),
]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NewPresence(Shape):
    """Whether the caller takes conversations of a business now."""

    business_id: UUID
    state: Presence_


class Presence(Shape):
    """Whether the caller takes conversations of a business."""

    business_id: UUID
    state: Presence_
    here_until: Annotated[
        Instant | None,
        Field(
            description="Say it again before: from then on he is offline, and what he had waits "
            "for others. null: that has happened."
        ),
    ]
    handling: Annotated[int, Field(ge=0, description="What is assigned to him.")]
    capacity: Annotated[int, Field(ge=0)]


class Assignment(Shape):
    """To whom a support conversation goes."""

    agent_id: Annotated[
        UUID | None,
        Field(
            description="null: back into the queue, to anybody but who had it.",
            examples=["0192f3c1-7a40-7c11-8b5e-3f2d9a6c4e10"],
        ),
    ]


class Escalation(Shape):
    """Who shall look at a support conversation."""

    to: Annotated[
        Literal["lead", "manager"],
        Field(description="Those who lead the team, or those who lead the business."),
    ]


class OpenHours(Shape):
    """A stretch of a day in which the team works; a night is two of them."""

    day: Weekday
    opens: Annotated[TimeOfDay, Field(examples=["08:30"])]
    closes: Annotated[TimeOfDay, Field(examples=["16:00"])]


class SpecialHours(Shape):
    """Hours instead of the usual ones, from one day to another: those of Ramadan, say."""

    first_day: date
    last_day: date
    hours: Annotated[list[OpenHours], Field(max_length=35)]


class Calendar(Shape):
    """When the team works: minutes count only then."""

    zone: Annotated[Zone, Field(examples=["Africa/Lagos"])]
    hours: Annotated[
        list[OpenHours], Field(min_length=1, max_length=35, description="Several a day if need be.")
    ]
    holidays: Annotated[list[date], Field(max_length=100)] = Field(default=[], examples=[[]])
    special: Annotated[
        list[SpecialHours],
        Field(max_length=20, description="Of two that hold on a day, the first counts."),
    ] = Field(default=[], examples=[[]])


Minutes = Annotated[int, Field(ge=1, le=20_160, description="Working minutes.")]


class Targets(Shape):
    """In how many working minutes the business wants it done; null: no promise."""

    first_response: Annotated[Minutes | None, Field(examples=[15])] = None
    next_response: Annotated[Minutes | None, Field(examples=[30])] = None
    resolution: Annotated[Minutes | None, Field(examples=[480])] = None


class Rung(Shape):
    """Who is told, and how many working minutes after the target was missed."""

    tell: Annotated[
        Literal["agent", "lead", "manager"],
        Field(description="`manager`: those who manage or own the business."),
    ]
    after: Annotated[int, Field(ge=0, le=20_160)]


class TeamAgent(Shape):
    """What somebody of the team can do; who is not named can take what asks for nothing special."""

    user_id: UUID
    skills: Annotated[list[Skill], Field(max_length=20)] = Field(default=[], examples=[["returns"]])
    languages: Annotated[list[Language], Field(max_length=7)] = Field(
        default=[], examples=[["en", "ha"]]
    )
    capacity: Annotated[
        int | None, Field(ge=0, le=50, description="null: that of the team.", examples=[8])
    ] = None
    leads: Annotated[bool, Field(description="Is told as a lead.")] = False


class NewTeamPolicy(Shape):
    """How conversations are shared out; what is left out is as if never said."""

    automatic: Annotated[bool, Field(description="false: nothing is assigned but by hand.")] = True
    capacity: Annotated[Capacity, Field(description="Of who has none of his own.")] = 5
    agents: Annotated[list[TeamAgent], Field(max_length=200)] = Field(default=[], examples=[[]])
    calendar: Annotated[Calendar | None, Field(description="null: open day and night.")] = None
    targets: Targets = Targets()
    ladder: Annotated[
        list[Rung], Field(max_length=5, description="In the order in which they are told.")
    ] = [Rung(tell="agent", after=0), Rung(tell="lead", after=30), Rung(tell="manager", after=60)]


class TeamPolicy(NewTeamPolicy):
    """How conversations are shared out."""

    business_id: UUID
    version: Version
