from concurrent.futures import ThreadPoolExecutor

from shared.ids import new_id
from tests.factories import users
from tests.factories.listings import seller
from tests.factories.messaging import opened, said
from tests.factories.teams import asks, does, says, team, whose
from tests.suite import Suite


def test_a_customer_opens_one_conversation_with_a_business(suite: Suite) -> None:
    """The second time it is found, empty or not."""
    owner, business = seller(suite, name="Kano Leather")
    ada = users.person(suite, given_name="Ada", family_name="Eze")
    first = opened(suite, ada, business)
    assert first["you"] == {"kind": "person", "id": str(ada.user_id), "name": "Ada E."}
    assert first["other"] == {"kind": "business", "id": str(business), "name": "Kano Leather"}
    assert (first["kind"], first["last_seq"], first["unread"]) == ("customer", 0, 0)
    said(suite, ada, first["id"])
    again = opened(suite, ada, business)
    assert (again["id"], again["last_seq"]) == (first["id"], 1)
    assert suite.value("SELECT count(*) FROM messaging.conversation") == 1
    assert (
        suite.call(f"GET /api/v1/conversations/{first['id']}", owner).data["other"]
        == (first["you"])
    )


def test_two_businesses_have_one_conversation_whoever_opens_it(suite: Suite) -> None:
    one, a = seller(suite)
    other, b = seller(suite)
    first = opened(suite, one, b, on_behalf_of=str(a))
    second = opened(suite, other, a, on_behalf_of=str(b))
    assert first["id"] == second["id"]
    assert (first["kind"], first["you"]["id"], second["you"]["id"]) == (
        "business",
        str(a),
        str(b),
    )


def test_a_person_and_his_business_have_conversations_of_their_own(suite: Suite) -> None:
    owner, a = seller(suite)
    _, b = seller(suite)
    as_customer = opened(suite, owner, b)
    as_business = opened(suite, owner, b, on_behalf_of=str(a))
    assert as_customer["id"] != as_business["id"]


def test_ten_who_open_it_at_once_get_the_same(suite: Suite) -> None:
    _, business = seller(suite)
    ada = users.person(suite)
    with ThreadPoolExecutor(10) as crew:
        found = set(crew.map(lambda _: opened(suite, ada, business)["id"], range(10)))
    assert len(found) == 1
    assert suite.value("SELECT count(*) FROM messaging.conversation") == 1


def test_nobody_writes_to_himself_or_in_the_name_of_others(suite: Suite) -> None:
    """And to nobody at all."""
    owner, a = seller(suite)
    _, b = seller(suite)
    ada = users.person(suite)
    for who, body, status in (
        (owner, {"business_id": str(a)}, 403),
        (owner, {"business_id": str(a), "on_behalf_of": str(a)}, 403),
        (ada, {"business_id": str(a), "on_behalf_of": str(b)}, 403),
        (ada, {"business_id": str(new_id())}, 404),
    ):
        assert suite.call("POST /api/v1/conversations", who, body=body).status == status
    assert suite.value("SELECT count(*) FROM messaging.conversation") == 0


def test_support_waits_for_an_agent_beside_what_else_the_customer_says(suite: Suite) -> None:
    made = team(suite)
    ada = users.person(suite, given_name="Ada", family_name="Eze")
    talk = opened(suite, ada, made.business_id)
    first = asks(suite, made, ada, skill="returns")
    assert (first["kind"], first["id"] == talk["id"]) == ("support", False)
    assert talk["support"] is None
    assert first["support"]["state"] == "waiting"
    says(suite, made, made.agents[0])
    again = asks(suite, made, ada)
    assert again["id"] == first["id"]
    assert again["support"]["agent"] == {"id": str(made.agents[0].user_id), "name": "Ngozi O."}
    (seen,) = suite.pages("GET /api/v1/conversations", made.owner)
    assert (seen["id"], seen["other"]["name"]) == (first["id"], "Ada E.")
    assert len(suite.events("ConversationQueued")) == 1


def test_support_is_asked_for_in_ones_own_name(suite: Suite) -> None:
    """And nothing else has an agent of a kind."""
    owner, a = seller(suite)
    _, b = seller(suite)
    asked = {"business_id": str(b)}
    for body, field in (
        ({**asked, "kind": "support", "on_behalf_of": str(a)}, "on_behalf_of"),
        ({**asked, "skill": "returns"}, "kind"),
        ({**asked, "language": "ha"}, "kind"),
    ):
        answer = suite.call("POST /api/v1/conversations", owner, body=body)
        assert answer.codes == [("VALIDATION_ERROR", field)]


def test_two_who_ask_again_at_once_wait_once(suite: Suite) -> None:
    made = team(suite, agents=1)
    ada = users.person(suite)
    asked = asks(suite, made, ada)["id"]
    says(suite, made, made.agents[0])
    assert does(suite, made.agents[0], "resolve", asked).status == 200
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda _: opened(suite, ada, made.business_id, kind="support"), range(4)))
    assert whose(suite, asked) == made.agents[0].user_id
    causes = [each["data"]["cause"] for each in suite.events("ConversationQueued")]
    assert causes == ["opened", "reopened"]
