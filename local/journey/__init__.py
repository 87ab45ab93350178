"""The main job, played over HTTP: `make journey` prints it, tests/journeys demands it."""
