"""What the kernel holds of somebody, written down."""

from tests.factories import exports, listings, users
from tests.suite import Suite


def test_p19_he_is_given_his_keys_limits_events_and_entries(suite: Suite) -> None:
    """Not the answers that are kept for a repetition: they may show others."""
    ada, shop = listings.seller(suite)
    other, _ = listings.seller(suite)
    for who in (ada, other):
        path = "POST /api/v1/users/me/sessions/revoke"
        consents = [{"purpose": "marketing", "granted": True, "policy_version": "1"}]
        body = {"consents": consents}
        assert suite.call("PUT /api/v1/users/me/consents", who, body=body, key="k").status == 200
        if who is other:
            assert suite.call(path, who).status == 204
    exports.written(suite, ada)
    given = exports.part(suite, ada, "platform")
    (key,) = given["platform.idempotency_key"]
    assert (key["actor"], key["key"]) == (ada.uid, "k")
    assert not {"body", "headers", "request_hash"} & key.keys()
    limits = {each["key"] for each in given["platform.rate_limit"]}
    assert limits == {f"svc_users:create_export:{ada.uid}"}
    keys = {each["ordering_key"] for each in given["platform.outbox"]}
    assert keys <= {str(ada.user_id), str(shop)}
    assert "UserOnboarded" in {each["type"] for each in given["platform.outbox"]}
    assert {each["audience"] for each in given["platform.change"]} <= {
        str(ada.user_id),
        str(shop),
    }
    assert {each["operation"] for each in given["platform.audit_entry"]} == {"create_export"}


def test_p19_what_was_done_to_him_is_given_without_who_did_it(suite: Suite) -> None:
    ada = users.person(suite)
    admin = users.person(suite, roles=("admin",))
    body = {"roles": ["consumer", "partner"], "reason": "VERIFIED"}
    path = f"PUT /api/v1/admin/users/{ada.user_id}/role"
    assert suite.call(path, admin, body=body).status == 200
    exports.written(suite, ada)
    given = exports.part(suite, ada, "platform")["platform.audit_entry"]
    (entry,) = [each for each in given if each["operation"] == "replace_admin_user_role"]
    assert (entry["reason"], entry["after"]["roles"]) == ("VERIFIED", ["consumer", "partner"])
    assert "actor_id" not in entry
