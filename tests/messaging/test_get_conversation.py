from tests.factories import users
from tests.factories.messaging import said, talk
from tests.suite import Suite


def test_both_sides_see_it_from_their_end(suite: Suite) -> None:
    made = talk(suite)
    said(suite, made.customer, made.id, "Is it for sale?")
    mine = suite.call(f"GET {made.path}", made.customer).data
    theirs = suite.call(f"GET {made.path}", made.owner).data
    assert (mine["you"], mine["other"]) == (theirs["other"], theirs["you"])
    assert (mine["unread"], theirs["unread"]) == (0, 1)
    assert theirs["last_message"]["text"] == "Is it for sale?"
    assert theirs["last_message"]["seq"] == theirs["last_seq"] == 1


def test_every_member_of_the_business_takes_part(suite: Suite) -> None:
    made = talk(suite)
    agent = users.member(suite, made.owner, str(made.business_id))
    assert suite.call(f"GET {made.path}", agent).status == 200


def test_nobody_else_learns_of_it(suite: Suite) -> None:
    """Neither a stranger, nor an administrator, nor another business."""
    made, other = talk(suite), talk(suite)
    for who in (other.customer, other.owner, users.person(suite, roles=["admin"])):
        refused = suite.call(f"GET {made.path}", who)
        assert (refused.status, refused.codes) == (404, [("CONVERSATION_NOT_FOUND", None)])


def test_who_has_left_the_business_takes_part_no_more(suite: Suite) -> None:
    made = talk(suite)
    agent = users.member(suite, made.owner, str(made.business_id))
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{agent.user_id}"
    assert suite.call(path, made.owner).status == 204
    assert suite.call(f"GET {made.path}", agent).status == 404
