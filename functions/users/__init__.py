"""Accounts, businesses, their members and devices.

Announces `UserOnboarded`, `RoleChanged`, `SessionsRevoked`, `BusinessChanged`,
`VerificationRequested`.
"""
