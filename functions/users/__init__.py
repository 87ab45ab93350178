"""Accounts, businesses, their members and devices.

Announces `UserOnboarded`, `RolesChanged`, `SessionsRevoked`, `UserErased`, `BusinessChanged`,
`BusinessErased`, `VerificationRequested`.
"""
