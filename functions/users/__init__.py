"""Accounts, businesses, their members and devices.

Announces `UserOnboarded`, `RolesChanged`, `SessionsRevoked`, `BusinessChanged`,
`VerificationRequested`.
"""
