"""Conversations of two parties, and what is said in them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import Instant, Language, PageQuery, Shape, Version

Text_ = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000),
    Field(examples=["Is the mango still for sale? We need two pallets in Kano."]),
]
Seq = Annotated[
    int,
    Field(ge=1, description="Counts the messages of a conversation, without gaps: sort by it."),
]
Reached = Annotated[int, Field(ge=0, description="The `seq` up to which; 0 is nothing yet.")]
Kind = Annotated[
    Literal["customer", "business", "support"],
    Field(
        description="`customer`: a person and a business; `business`: two businesses; "
        "`support`: a person and whoever of a business it is assigned to."
    ),
]
Skill = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{2,40}$"),
    Field(description="What an agent knows, in the business's own words.", examples=["returns"]),
]

Flag = Literal["phone_number", "email", "link", "other_channel", "pay_outside"]
Flags = Annotated[
    list[Flag],
    Field(description="What to be careful about: signs of being led elsewhere to talk or to pay."),
]


class Party(Shape):
    """One of the two who take part: a person, or a business by any of its members."""

    kind: Literal["person", "business"]
    id: UUID
    name: Annotated[str | None, Field(description="null: no longer there.")]


class NewConversation(Shape):
    """Whom to write to."""

    business_id: UUID
    on_behalf_of: Annotated[
        UUID | None,
        Field(description="A business of the caller's that writes; left out: he is a customer."),
    ] = None
    kind: Annotated[
        Literal["customer", "support"],
        Field(description="`support`: it waits for an agent of the business, who is assigned."),
    ] = "customer"
    skill: Annotated[Skill | None, Field(description="Of the agent, for support.")] = None
    language: Annotated[Language | None, Field(description="Of the agent, for support.")] = None


class LastMessage(Shape):
    """The newest message of a conversation."""

    id: UUID
    seq: Seq
    sender_id: UUID
    text: Annotated[str | None, Field(description="null: deleted. Cut after 200 characters.")]
    sent_at: Instant


class Agent(Shape):
    """Who answers in a support conversation."""

    id: UUID
    name: Annotated[str | None, Field(description="null: no longer there.")]


class Support(Shape):
    """How far a support conversation has got."""

    state: Literal["waiting", "assigned", "resolved"]
    agent: Annotated[Agent | None, Field(description="To whom it is assigned.")]
    waiting_since: Annotated[Instant, Field(description="When it was opened, or opened again.")]
    answer_by: Annotated[
        Instant | None,
        Field(
            description="By when the business wants to answer; null: it owes none, or has not said."
        ),
    ]


class ConversationCard(Shape):
    """A conversation, as it stands in a list."""

    id: UUID
    kind: Kind
    you: Annotated[Party, Field(description="In whose name the caller takes part.")]
    other: Party
    support: Annotated[Support | None, Field(description="Only of kind `support`.")]
    last_seq: Reached
    unread: Annotated[
        int, Field(ge=0, description="Messages beyond `read_seq` that are not the caller's own.")
    ]
    last_message: LastMessage | None
    last_message_at: Annotated[
        Instant, Field(description="When it was opened, before the first message.")
    ]


class Conversation(ConversationCard):
    """A conversation, and how far each side has got."""

    delivered_seq: Reached
    read_seq: Reached
    other_delivered_seq: Annotated[Reached, Field(description="What has reached the other side.")]
    other_read_seq: Annotated[Reached, Field(description="What the other side has read.")]
    created_at: Instant


ContentType = Literal["image/jpeg", "image/png", "image/webp", "audio/ogg", "application/pdf"]


class NewAttachment(Shape):
    """A file that shall go along with a message."""

    content_type: ContentType
    size: Annotated[int, Field(ge=1, le=10_000_000, description="In bytes, exactly.")]


class AttachmentUpload(Shape):
    """Where to post the file to, as a form: these fields first, and then the `file`."""

    id: UUID
    url: Annotated[str, Field(examples=["https://storage.googleapis.com/attachments/"])]
    fields: dict[str, str]
    expires_at: Instant


class AttachmentLink(Shape):
    """Where a file may be fetched, without a token, until then."""

    url: Annotated[
        str,
        Field(examples=["https://storage.googleapis.com/attachments/a.jpg?X-Goog-Signature=…"]),
    ]
    expires_at: Instant


class Attachment(Shape):
    """A file that goes along with a message."""

    id: UUID
    content_type: ContentType
    size: Annotated[int, Field(ge=1)]


class NewMessage(Shape):
    """Something to say."""

    id: Annotated[
        UUID,
        Field(
            description="A UUIDv7 that the device makes: sent again it is the same message.",
            examples=["0192f3c1-7a40-7c11-8b5e-3f2d9a6c4e10"],
        ),
    ]
    text: Annotated[
        str,
        StringConstraints(max_length=2_000),
        Field(
            description="May be empty beside attachments.",
            examples=["Is the mango still for sale? We need two pallets in Kano."],
        ),
    ] = ""
    attachments: Annotated[
        list[UUID],
        Field(max_length=5, description="Files that were stored for this conversation."),
    ] = Field(default=[], examples=[[]])


class SentMessage(Shape):
    """What became of a message; its words are the sender's own and are not said back."""

    id: UUID
    conversation_id: UUID
    seq: Seq
    flags: Flags
    version: Version
    sent_at: Instant


class MessageChange(Shape):
    """What a message shall say from now on."""

    text: Text_


class EditedMessage(SentMessage):
    """What became of a message that was changed."""

    edited_at: Instant


class Receipt(Shape):
    """How far the caller has got; what lies behind where he was changes nothing."""

    delivered_seq: Annotated[
        int | None, Field(ge=0, le=2**53, description="All up to here has reached his device.")
    ] = None
    read_seq: Annotated[
        int | None,
        Field(ge=0, le=2**53, description="All up to here he has read.", examples=[7]),
    ] = None


class ReceivedSoFar(Shape):
    """How far the caller has got now."""

    delivered_seq: Reached
    read_seq: Reached
    unread: Annotated[int, Field(ge=0)]


class MessageQuery(PageQuery):
    """Which stretch of a conversation to read.

    With `after` upwards from there, with `before` downwards from there, with both what lies
    between, upwards; with neither the newest first.
    """

    after: Annotated[int | None, Field(ge=0, le=2**53, description="A `seq`; exclusive.")] = None
    before: Annotated[int | None, Field(ge=1, le=2**53, description="A `seq`; exclusive.")] = None


State = Annotated[
    Literal["accepted", "queued", "sent", "delivered", "read", "failed"],
    Field(
        description="How far it has got with the other side; only forward. `sent`: on the way to a "
        "phone. `failed`: no phone takes it, and it still arrives when the app asks."
    ),
]


class SaidMessage(Shape):
    """Something that was said."""

    id: UUID
    seq: Seq
    sender_id: UUID
    on_behalf_of: Annotated[UUID | None, Field(description="The business he wrote for.")]
    text: Annotated[str | None, Field(description="null: deleted.")]
    attachments: list[Attachment]
    flags: Flags
    version: Version
    sent_at: Annotated[Instant, Field(description="By our clock.")]
    edited_at: Instant | None
    deleted_at: Instant | None


class Message(SaidMessage):
    """Something that was said, and how far it has got."""

    state: State


class Stretch(Shape):
    """Messages of a conversation whose documents are to be written: these numbers and between."""

    conversation_id: UUID
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]


class Delivery(Shape):
    """What is owed to somebody of a conversation: all up to a number, on all installs or some."""

    conversation_id: UUID
    user_id: UUID
    seq: Annotated[int, Field(ge=1)]
    install_ids: Annotated[list[UUID] | None, Field(max_length=100)] = None


class ListeningToken(Shape):
    """What lets a screen listen to the caller's conversations."""

    token: Annotated[str, Field(description="A custom token, for Firebase's own client.")]
    expires_at: Instant
