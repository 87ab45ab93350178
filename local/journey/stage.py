"""What happens on and behind the stage: people, places, and looks at what came of it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from local import database, postgres, tokens
from local.home import Home
from local.journey.caller import Caller, Say, eventually, require
from shared.roles import Role

LAGOS = {"country": "NG", "city_id": 2332459}
ISLAND = {"latitude": 6.4541, "longitude": 3.3947}
CATEGORY = "fresh-fruit"

Row = dict[str, Any]


class Stage:
    """The suite, and the word that this telling's listings have in common."""

    def __init__(self, home: Home, url: str, say: Say) -> None:
        """Play at `url`; what only a superuser can do is done in the database of `home`."""
        self.home = home
        self.say = say
        self.word = f"zuri{uuid4().hex[:8]}"
        self.suite = httpx.Client(base_url=url, timeout=30)
        self.developer = Caller(self.suite, "developer", None, lambda _: None)
        self.anybody = Caller(self.suite, "anybody", None, say)

    def act(self, title: str) -> None:
        """Announce an act."""
        self.say(f"\n{title}")

    def person(self, name: str, role: Role) -> Caller:
        """Have somebody sign in and onboard."""
        uid = f"journey-{name.replace(' ', '-')}-{self.word}"
        token = self.developer.post("/local/token", {"uid": uid})["token"]
        caller = Caller(self.suite, name, token, self.say)
        caller.call("POST /api/v1/users", tokens.new_user(role), expect=201)
        if role is Role.ADMIN:
            tokens.grant(self.home, uid, role)
        return caller

    def business(self, owner: Caller, **more: Any) -> Row:  # noqa: ANN401  # see Caller.call
        """Register a business of `owner` in Lagos."""
        body = {
            "name": f"Mama {self.word.title()} Fruits",
            "description": "Mangoes, pineapples and what else the season has.",
            "categories": [CATEGORY],
            **LAGOS,
        }
        made: Row = owner.post("/api/v1/businesses", body, expect=201, **more)
        return made

    def submit(
        self, owner: Caller, business: Row, kind: str, hours: int = 24, *, quiet: bool = False
    ) -> Row:
        """Submit an offer or a request; return it as its owner sees it."""
        body = {
            "business_id": business["id"],
            "type": kind,
            "title": f"Dried mango {self.word}, export quality",
            "description": "Sliced and sun-dried, packed in 20 kg cartons, ready to ship.",
            "language": "en",
            "category": CATEGORY,
            "attributes": {"variety": "Kent", "organic": True},
            "price": {"kind": "fixed", "amount_minor": 450_000, "currency": "NGN"},
            **LAGOS,
            "duration_hours": hours,
        }
        made: Row = owner.post("/api/v1/listings", body, expect=201, quiet=quiet)
        return made

    def review(self, admin: Caller, listing: Row, *, quiet: bool = False) -> Row:
        """Return what the queue says of a listing, once it is in it."""

        def look() -> Row | None:
            queue = admin.pages("/api/v1/admin/listings", limit=50, quiet=True)
            return next((each for each in queue if each["listing_id"] == listing["id"]), None)

        if not quiet:
            admin.get("/api/v1/admin/listings", limit=50)
        found: Row = eventually(f"{listing['title']} is in the queue", look)
        return found

    def approve(self, admin: Caller, review: Row, *, quiet: bool = False) -> None:
        """Let a listing onto the market, and wait until it is there."""
        path = f"/api/v1/admin/listings/{review['listing_id']}/approve"
        admin.post(path, {"version": review["version"]}, quiet=quiet)
        eventually("it is on the market", lambda: self.is_live(review["listing_id"]))

    def is_live(self, listing_id: str) -> bool:
        """Tell whether anybody can read a listing."""
        return self.anybody.status(f"/api/v1/listings/{listing_id}") == 200

    def mine(self, owner: Caller, listing_id: str) -> Row:
        """Return a listing as its owner sees it."""
        pages = owner.pages("/api/v1/listings/mine", quiet=True)
        return next(each for each in pages if each["id"] == listing_id)

    def ways(self) -> list[tuple[str, dict[str, Any]]]:
        """Return every way in which this telling's offers are found by strangers."""
        return [
            (
                "/api/v1/listings",
                {
                    "type": "offer",
                    "category": CATEGORY,
                    "currency": "NGN",
                    "price_min": 400_000,
                    "price_max": 450_000,
                    **LAGOS,
                },
            ),
            ("/api/v1/listings", {"q": f"mango {self.word}"}),
            ("/api/v1/search", {"q": f"{self.word} DRIED"}),
            ("/api/v1/listings/nearby", {**ISLAND, "radius_km": 25}),
        ]

    def where(self, reader: Caller, listing_id: str, *, quiet: bool = False) -> list[str]:
        """Return the ways in which `reader` finds a listing, all pages read to their end."""
        found = []
        for path, query in self.ways():
            pages = reader.pages(path, limit=50, quiet=quiet, **query)
            if listing_id in {each["id"] for each in pages}:
                found.append(f"{path}?{'&'.join(query)}")
        return found

    def require_gone(self, listing_id: str) -> None:
        """Demand that no stranger finds or reads a listing."""
        self.anybody.call(f"GET /api/v1/listings/{listing_id}", expect=404)
        found = self.where(self.anybody, listing_id, quiet=True)
        require(not found, f"{listing_id} is still in {found}")

    def notices(self, owner: Caller, kind: str, listing: Row) -> list[Row]:
        """Return what the owner was told of a listing, of one kind."""
        feed = owner.pages("/api/v1/notifications", limit=50, quiet=True)
        return [
            each for each in feed if each["type"] == kind and each["subject_id"] == listing["id"]
        ]

    def shorten(self, listing_id: str, seconds: float) -> datetime:
        """Have a listing's time end soon: no operation can, the shortest is a day."""
        end = datetime.now(UTC) + timedelta(seconds=seconds)
        server = postgres.start(self.home.postgres, log=lambda _: None)
        with closing(postgres.superuser_connection(server, database.NAME)) as db:
            db.run("BEGIN")
            for table in ("listings.listing", "listings.public_listing"):
                db.run(
                    f"UPDATE {table} SET expires_at = :end WHERE id = :id", end=end, id=listing_id
                )
            db.run("COMMIT")
        return end

    def settle(self) -> None:
        """Wait until nothing is owed to anybody."""
        eventually(
            "all is delivered",
            lambda: not self.developer.get("/local/deliveries", state="waiting"),
        )
