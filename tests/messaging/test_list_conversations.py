from tests.factories import users
from tests.factories.listings import seller
from tests.factories.messaging import opened, said, talk
from tests.suite import Suite

LIST = "GET /api/v1/conversations"


def test_the_newest_message_comes_first_and_pages_hold_each_once(suite: Suite) -> None:
    """Those of oneself and of one's business, in one list."""
    owner, business = seller(suite)
    customers = [users.person(suite) for _ in range(3)]
    made = [opened(suite, each, business)["id"] for each in customers]
    for place in (1, 0, 2):
        said(suite, customers[place], made[place], f"I am {made[place]}")
    elsewhere = talk(suite, owner)
    said(suite, owner, elsewhere.id)
    said(suite, owner, made[1], "Yes")
    wanted = [made[1], elsewhere.id, made[2], made[0]]
    for limit in (1, 3):
        assert [each["id"] for each in suite.pages(LIST, owner, limit=limit)] == wanted
    found = suite.call(LIST, owner).data
    assert [each["id"] for each in found] == wanted
    assert [each["unread"] for each in found] == [1, 0, 1, 1]
    assert found[2]["last_message"]["text"] == f"I am {made[2]}"


def test_what_nobody_has_said_anything_in_is_listed_to_who_opened_it(suite: Suite) -> None:
    made = talk(suite)
    assert [each["id"] for each in suite.call(LIST, made.customer).data] == [made.id]
    assert suite.call(LIST, made.owner).data == []
    said(suite, made.customer, made.id)
    assert [each["id"] for each in suite.call(LIST, made.owner).data] == [made.id]


def test_somebody_on_both_sides_has_it_once(suite: Suite) -> None:
    """A customer who joined the business."""
    made = talk(suite)
    said(suite, made.customer, made.id)
    path = f"POST /api/v1/businesses/{made.business_id}/members"
    body = {"user_id": str(made.customer.user_id), "role": "agent"}
    assert suite.call(path, made.owner, body=body).status == 201
    (one,) = suite.call(LIST, made.customer).data
    assert one["you"]["kind"] == "person"
