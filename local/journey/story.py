"""The story: a listing is offered, decided, found, run through its life, and ends by the clock."""

import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx

from local.home import Home
from local.journey.caller import Caller, Say, UnexpectedError, eventually, require
from local.journey.stage import CATEGORY, LAGOS, Row, Stage
from shared.roles import Role

THERE_BEFORE = 8
MOST_MEANWHILE = 10
PAGE = 2


def main(arguments: list[str]) -> int:
    """Play against the suite that runs; return the exit status."""
    home = Home.from_environment()
    url = arguments[0] if arguments else home.running_url()
    try:
        play(home, url, print)
    except httpx.TransportError:
        print(f"journey: nothing serves {url}: start it, make run", file=sys.stderr)
        return 1
    except UnexpectedError as error:
        print(f"journey: {error}", file=sys.stderr)
        return 1
    return 0


def play(home: Home, url: str, say: Say) -> None:
    """Play the story from start to end; people and words are new each time."""
    begun = time.monotonic()
    stage = Stage(home, url, say)
    with stage.suite:
        story = Story(stage)
        story.publish_and_decide()
        story.find()
        story.page_while_others_publish()
        story.run_its_life()
        story.connect()
        story.expire_by_the_clock()
    say(f"\nplayed in {time.monotonic() - begun:.1f} s")


class Story:
    """The acts, in their order."""

    def __init__(self, stage: Stage) -> None:
        """Let the people come."""
        self._stage = stage
        stage.act("A consumer and a business owner onboard from their tokens")
        self._consumer = stage.person("consumer", Role.CONSUMER)
        self._owner = stage.person("owner", Role.BUSINESS)
        self._admin = stage.person("admin", Role.ADMIN)
        stage.act("The owner registers a business in a real city")
        self._business = stage.business(self._owner)

    def publish_and_decide(self) -> None:
        """An offer and a request wait; a moderator takes one and refuses one; the owner hears."""
        stage, owner = self._stage, self._owner
        stage.act("He publishes an offer and a request; both wait for a decision")
        self._offer = stage.submit(owner, self._business, "offer")
        request = stage.submit(owner, self._business, "request")
        for each in (self._offer, request):
            require(each["state"] == "pending", "a new listing waits")
            require(not stage.is_live(each["id"]), "nobody sees a listing that waits")
        stage.act("A moderator finds both in the queue, approves one and rejects one")
        offered = stage.review(self._admin, self._offer)
        wanted = stage.review(self._admin, request)
        stage.approve(self._admin, offered)
        note = "Say how much you need."
        self._admin.post(
            f"/api/v1/admin/listings/{request['id']}/reject",
            {"version": wanted["version"], "reason": "MISLEADING", "note": note},
        )
        stage.act("The owner is told of both in the app")
        eventually("good news", lambda: stage.notices(owner, "listing_published", self._offer))
        (news,) = eventually("bad news", lambda: stage.notices(owner, "listing_rejected", request))
        require(note in news["body"], "the notice says why")
        require(owner.get("/api/v1/notifications/unread-count")["count"] == 2, "two are unread")
        owner.get("/api/v1/notifications")
        require(not stage.is_live(request["id"]), "what was rejected is not on the market")

    def find(self) -> None:
        """The consumer finds the offer in every way."""
        stage = self._stage
        stage.act("The consumer finds it by filters, by text, by search and nearby")
        found = stage.where(self._consumer, self._offer["id"])
        require(len(found) == len(stage.ways()), f"found by {found} only")
        detail = self._consumer.get(f"/api/v1/listings/{self._offer['id']}")
        require("phone" not in detail["business"], "contact is hidden")

    def page_while_others_publish(self) -> None:
        """Pages have no gap and no repeat while listings appear among them."""
        stage = self._stage
        stage.act("He pages through the market while others publish")
        others = stage.person("another owner", Role.BUSINESS)
        business = stage.business(others)
        before = {self._put_on_market(others, business) for _ in range(THERE_BEFORE)}
        seen: list[str] = []
        appeared: list[str] = []
        paged = threading.Event()

        def go_on() -> None:
            while len(appeared) < MOST_MEANWHILE and not paged.is_set():
                appeared.append(self._put_on_market(others, business))

        busy = threading.Thread(target=go_on)
        busy.start()
        try:
            for order in ({"sort": "newest"}, {"sort": "price", "currency": "NGN"}):
                query: Row = {"category": CATEGORY, **LAGOS, "limit": PAGE, **order}
                pages = self._consumer.pages("/api/v1/listings", pause=0.15, **query)
                seen = [each["id"] for each in pages]
                require(len(seen) == len(set(seen)), "no page repeats what another had")
                require(before <= set(seen), "no page skips what was there from the start")
        finally:
            paged.set()
            busy.join()
        require(appeared, "the others published meanwhile")
        stage.say(f"  {len(seen)} listings, each once; {len(appeared)} appeared meanwhile")

    def _put_on_market(self, owner: Caller, business: Row) -> str:
        stage = self._stage
        listing = stage.submit(owner, business, "offer", quiet=True)
        stage.approve(self._admin, stage.review(self._admin, listing, quiet=True), quiet=True)
        listing_id: str = listing["id"]
        return listing_id

    def run_its_life(self) -> None:
        """The owner extends, pauses, resumes, edits and closes."""
        stage, owner, listing_id = self._stage, self._owner, self._offer["id"]
        path = f"/api/v1/listings/{listing_id}"
        stage.act("The owner gives it a day more")
        until = stage.mine(owner, listing_id)["expires_at"]
        longer = owner.post(f"{path}/extend", {"duration_hours": 24})["expires_at"]
        gained = datetime.fromisoformat(longer) - datetime.fromisoformat(until)
        require(gained == timedelta(hours=24), "a day, to the microsecond")
        stage.act("He pauses it: gone. He resumes it: back")
        owner.post(f"{path}/pause")
        stage.require_gone(listing_id)
        owner.post(f"{path}/resume")
        require(stage.is_live(listing_id), "what is resumed is on the market at once")
        stage.act("He lowers the price; an edit of what he has not read is refused")
        version = stage.mine(owner, listing_id)["version"]
        change = {"price": {"kind": "fixed", "amount_minor": 420_000, "currency": "NGN"}}
        owner.call(f"PATCH {path}", change, version=version)
        owner.call(f"PATCH {path}", change, version=version, expect=409)
        require(stage.anybody.get(path)["price"]["amount_minor"] == 420_000, "it costs less")
        stage.act("He has sold it")
        owner.post(f"{path}/close", {"outcome": "sold"})
        stage.require_gone(listing_id)

    def connect(self) -> None:
        """Ada asks Bola's business, and Bola accepts; both hear of it."""
        stage, ada = self._stage, self._owner
        stage.act("Bola registers a mill; the owner of the market stall asks it for a connection")
        bola = stage.person("bola", Role.BUSINESS)
        mill = stage.business(bola)
        body = {"business_id": self._business["id"], "to_business_id": mill["id"]}
        made = ada.post("/api/v1/connections", {**body, "note": "Mangoes by the ton."}, expect=201)
        require(made["market"] == "afcfta", "two African businesses meet in the AfCFTA")
        eventually("the request", lambda: stage.notices(bola, "connection_requested", made))
        stage.act("Bola accepts: they are connected, and who asked is told")
        (waiting,) = bola.get("/api/v1/connections", status="pending")
        path = f"PATCH /api/v1/connections/{waiting['id']}/status"
        bola.call(path, {"action": "accept"})
        (found,) = ada.get("/api/v1/connections", status="accepted")
        require(found["other_id"] == mill["id"], "both see the same connection")
        eventually("the answer", lambda: stage.notices(ada, "connection_accepted", made))
        (numbers,) = ada.get("/api/v1/connections/metrics")["businesses"]
        require((numbers["sent"], numbers["accepted"]) == (1, 1), "one was asked and said yes")

    def expire_by_the_clock(self) -> None:
        """A listing is gone when its time is up though no job runs; then its owner hears once."""
        stage, owner = self._stage, self._owner
        stage.act("The scheduler is stopped, and a listing's time ends in two seconds")
        ran = stage.developer.get("/local/schedule")["running"]
        stage.developer.post("/local/scheduler", {"running": False})
        try:
            listing = stage.submit(owner, self._business, "offer")
            stage.approve(self._admin, stage.review(self._admin, listing, quiet=True))
            end = stage.shorten(listing["id"], seconds=2)
            found = stage.where(self._consumer, listing["id"], quiet=True)
            require(len(found) == len(stage.ways()), f"until then it is found, not by {found} only")
            require(stage.is_live(listing["id"]), "until then it is read")
            time.sleep(max((end - datetime.now(UTC)).total_seconds(), 0))
            stage.require_gone(listing["id"])
            stage.say(f"  gone from {end.isoformat()} on: lists, search, nearby, detail")
            require(not stage.notices(owner, "listing_expired", listing), "nobody was told yet")
            stage.act("The scheduler runs twice; the owner is told once")
            for _ in range(2):
                stage.developer.call("POST /local/scheduler/tick", {"job": "cron_expire_listings"})
            eventually("the notice", lambda: stage.notices(owner, "listing_expired", listing))
            stage.settle()
            told = stage.notices(owner, "listing_expired", listing)
            require(len(told) == 1, f"told {len(told)} times")
            owner.get("/api/v1/notifications", limit=1)
        finally:
            stage.developer.post("/local/scheduler", {"running": ran})
