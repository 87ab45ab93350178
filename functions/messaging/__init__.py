"""Conversations of two parties: a customer and a business, or two businesses.

Those of support wait in one queue a business, and are shared out among its people.

What people write is stored encrypted, and shown to those who listen; phones are pushed to. Listens
to users. Announces, by ids alone, `MessageSent`, `MessageEdited`, `MessageDeleted`,
`MessagesErased`, `MessagesWaiting`, `PartyErased`, `ConversationRead`, `ConversationQueued`,
`ConversationAssigned`, `ConversationResolved` and `InstallLost`.
"""
