"""Google's own emulators, Firebase's and a storage emulator, as processes beside the suite.

`make run CLOUD=emulators` and `tests/emulators` start them. One that is not on this machine raises
`MissingError`, which says how to get it.
"""
