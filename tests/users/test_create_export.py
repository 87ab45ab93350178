"""Asking for all that is held of oneself."""

import json
from datetime import UTC, datetime

import pytest

from shared.exports import PARTS
from shared.tables.retention import MATRIX, Category, Held
from tests.factories import listings, users
from tests.factories.canaries import WORDS, somebody_everywhere
from tests.factories.exports import asked, fetched, written
from tests.factories.users import person
from tests.suite import Person, Suite

EXPORT = "POST /api/v1/users/me/export"
THEIRS = "+2348031234888"


def test_p19_he_is_told_and_given_a_file_for_every_table_that_holds_something_of_people(
    suite: Suite,
) -> None:
    """Driven by the matrix, so that no table is forgotten; and one that says how to read them."""
    ngozi = person(suite, language="fr")
    export_id = written(suite, ngozi)
    (told,) = suite.call("GET /api/v1/notifications", ngozi).data
    assert (told["type"], told["subject_id"]) == ("export_ready", str(export_id))
    assert told["language"] == "fr"
    files = fetched(suite, ngozi, export_id)
    personal = {name for name, held in MATRIX.items() if held.whose and not _repeats(held)}
    assert files.keys() == {"README.txt", *(f"{table}.json" for table in personal)}
    account = json.loads(files["users.account.json"])
    assert account["kept"] == MATRIX["users.account"].kept
    assert [each["id"] for each in account["rows"]] == [str(ngozi.user_id)]


def test_p19_every_word_of_his_is_in_it(suite: Suite) -> None:
    """Each place that holds something of him holds a word of its own."""
    him = somebody_everywhere(suite)
    text = "\n".join(fetched(suite, him, written(suite, him)).values())
    assert [word for word in WORDS if word not in text] == []


def test_p19_no_table_of_his_is_empty_in_it(suite: Suite) -> None:
    """A condition that finds nothing would look like a table that holds nothing."""
    him = somebody_everywhere(suite)
    admin = person(suite, roles=("admin",))
    body = {"roles": ["consumer", "business"], "reason": "VERIFIED"}
    path = f"PUT /api/v1/admin/users/{him.user_id}/role"
    assert suite.call(path, admin, body=body).status == 200
    files = fetched(suite, him, written(suite, him))
    rows = {name: json.loads(text)["rows"] for name, text in files.items() if name != "README.txt"}
    assert [name for name, given in rows.items() if not given] == []


def test_p19_it_holds_nothing_of_anybody_else(suite: Suite) -> None:
    """Not of who works in his business, decides about him, or stands beside him anywhere."""
    ada, shop = listings.seller(suite, name="Kano Leather")
    him = users.member(
        suite,
        ada,
        str(shop),
        role="agent",
        uid="Quaggamaria01",
        given_name="Quaggamaria02",
        family_name="Quaggamaria03",
        phone=THEIRS,
    )
    moderator = person(suite, roles=("admin",), given_name="Quaggamaria04")
    body = {"roles": ["consumer", "business"], "reason": "VERIFIED"}
    assert suite.call(_role_of(ada), moderator, body=body).status == 200
    own = listings.pending(suite, him, shop)
    suite.deliver()
    reject = f"POST /api/v1/admin/listings/{own['id']}/reject"
    body = {"version": own["version"], "reason": "OTHER", "note": "Say what it weighs."}
    assert suite.call(reject, moderator, body=body).status == 200
    suite.deliver()
    text = "\n".join(fetched(suite, ada, written(suite, ada)).values())
    assert own["title"] in text, "what his business published is the owner's too"
    strange = ["Quaggamaria", THEIRS, str(him.user_id), str(moderator.user_id)]
    assert [word for word in strange if word in text] == []


def test_p19_who_decides_about_others_is_given_what_he_did_and_nothing_of_them(
    suite: Suite,
) -> None:
    """A moderator: that he decided, and when; no snapshot, no note, not about whom."""
    ada, shop = listings.seller(suite, name="Quaggamaria05")
    moderator = person(suite, roles=("admin",))
    own = listings.pending(suite, ada, shop, title="Quaggamaria06")
    suite.deliver()
    reject = f"POST /api/v1/admin/listings/{own['id']}/reject"
    body = {"version": own["version"], "reason": "OTHER", "note": "Quaggamaria07"}
    assert suite.call(reject, moderator, body=body).status == 200
    body = {"roles": ["consumer", "business"], "reason": "VERIFIED"}
    assert suite.call(_role_of(ada), moderator, body=body).status == 200
    suite.deliver()
    files = fetched(suite, moderator, written(suite, moderator))
    (review,) = json.loads(files["admin.review.json"])["rows"]
    assert (review["decided_by"], review["state"]) == (str(moderator.user_id), "rejected")
    done = [each["operation"] for each in json.loads(files["platform.audit_entry.json"])["rows"]]
    assert {"reject_admin_listing", "replace_admin_user_role"} <= {*done}
    text = "\n".join(files.values())
    strange = ["Quaggamaria", str(ada.user_id), str(shop)]
    assert [word for word in strange if word in text] == []


def test_p19_a_member_is_given_what_he_wrote_and_not_the_business(suite: Suite) -> None:
    """Of a business he finds what is held if he owns it."""
    ada, shop = listings.seller(suite, name="Kano Leather")
    him = users.member(suite, ada, str(shop), role="manager")
    hers = listings.pending(suite, ada, shop, title="Her dried mango")
    his = listings.pending(suite, him, shop, title="His dried mango")
    files = fetched(suite, him, written(suite, him))
    given = json.loads(files["listings.listing.json"])["rows"]
    assert [each["id"] for each in given] == [his["id"]]
    assert json.loads(files["users.business.json"])["rows"] == []
    assert hers["title"] not in "\n".join(files.values())


def test_asked_for_again_it_is_another_one(suite: Suite) -> None:
    """Three a day; each is written as things are then."""
    ngozi = person(suite)
    first = written(suite, ngozi)
    body = {"given_name": "Ada"}
    assert suite.call("PATCH /api/v1/users/me", ngozi, body=body, version=1).status == 200
    second = written(suite, ngozi)
    names = [
        json.loads(fetched(suite, ngozi, each)["users.account.json"])["rows"][0]["given_name"]
        for each in (first, second)
    ]
    assert names == ["Ngozi", "Ada"]
    suite.rows("DELETE FROM platform.rate_limit")
    statuses = [suite.call(EXPORT, ngozi).status for _ in range(4)]
    assert statuses == [201, 201, 201, 429]


def test_it_goes_on_record_and_is_announced(suite: Suite) -> None:
    """With what others need to write their parts, and no more."""
    ada, shop = listings.seller(suite)
    export_id = asked(suite, ada)
    (event,) = suite.events("ExportRequested")
    asked_at = datetime.fromisoformat(event["data"].pop("asked_at"))
    assert (datetime.now(UTC) - asked_at).total_seconds() < 60
    assert event["data"] == {
        "export_id": str(export_id),
        "user_id": str(ada.user_id),
        "uid": ada.uid,
        "business_ids": [str(shop)],
    }
    (entry,) = suite.rows(
        "SELECT target_type, target_id FROM platform.audit_entry WHERE operation = 'create_export'"
    )
    assert entry == ["export", export_id]


# The matrix


def test_p19_of_every_table_of_people_it_is_said_what_they_are_given() -> None:
    """Add `export` to the table in shared/tables/retention.py in the change that makes it."""
    people = {name: held for name, held in MATRIX.items() if held.whose and not held.export}
    assert [name for name, held in people.items() if not _repeats(held)] == []
    assert [name for name, held in MATRIX.items() if held.export and not held.whose] == []


@pytest.mark.parametrize("name", [name for name, held in MATRIX.items() if held.export])
def test_p19_every_column_that_tells_of_somebody_is_given(name: str) -> None:
    """In some row; what is only a copy of other columns may stay out."""
    held = MATRIX[name]
    withheld = set.intersection(*({*share.without.split()} for share in held.export))
    assert withheld <= held.tags().keys()
    copied = {Category.COPY, Category.TECHNICAL}
    assert [each for each in withheld if held.tags()[each][0] not in copied] == []


def test_p19_every_service_that_holds_something_of_people_takes_part() -> None:
    """An export waits for all of them, and for nobody else."""
    assert sorted({name.partition(".")[0] for name, held in MATRIX.items() if held.export}) == [
        *PARTS
    ]


def _repeats(held: Held) -> bool:
    """Tell whether a table holds nothing but ids and copies, and is not given for that."""
    telling = {category for category, _ in held.tags().values()}
    return not held.export and telling <= {Category.PSEUDONYM, Category.COPY, Category.TECHNICAL}


def _role_of(somebody: Person) -> str:
    return f"PUT /api/v1/admin/users/{somebody.user_id}/role"
