"""deploy.sh as it is, with real gcloud, against a control plane that remembers what it is asked."""

import base64
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml
from openapi_spec_validator import validate

from local.controlplane import NUMBER, serving
from shared.manifest import monitoring
from shared.manifest.discovery import entries
from tests.deploy.site import PROJECT, Run, Site, container, variables

READ, HANDLER, JOB = "get_listing", "on_review_decided_apply", "cron_expire_listings"
SYNC = "sync"
"""It asks others in the name of its caller, by the gateway's address."""

ONLY = ("--only", f"{READ},{HANDLER},{JOB},{SYNC}")
SERVICES = {name.replace("_", "-"): name for name in (READ, HANDLER, JOB)}


def url(service: str) -> str:
    """Return where a function is, which is also for whom its callers' tokens are."""
    return f"http://{service}-{NUMBER}.europe-west1.run.fake"


def account(name: str) -> str:
    """Return the address of a service account."""
    return f"{name}@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def _first(gcloud: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    with serving() as plane:
        site = Site.prepared(tmp_path_factory.mktemp("site"), plane, gcloud)
        first = site.deploy(*ONLY)
        site.keep()
        yield site, first


@pytest.fixture
def site(_first: tuple[Site, Run]) -> Site:
    """Return a site on which everything is deployed."""
    found, _ = _first
    found.go_back()
    return found


@pytest.fixture
def first(_first: tuple[Site, Run]) -> Run:
    """Return the run that deployed it, on a project where nothing was."""
    _, run = _first
    assert run.status == 0, run.said
    return run


def test_each_function_is_deployed_as_it_is_planned(site: Site, first: Run) -> None:
    """One image by its digest, the account of its service, as many threads as it is sent calls."""
    images = set()
    for name, target in SERVICES.items():
        service = site.plane.service(name)
        env, template = variables(service), service["spec"]["template"]
        assert env["FUNCTION_TARGET"] == target
        assert template["spec"]["serviceAccountName"] == account("fn-listings")
        assert env["THREADS"] == str(template["spec"]["containerConcurrency"])
        role = "svc" if target == READ else "job"
        assert env["DB_PASSWORD_SECRET"] == f"db-{role}-listings"
        assert env["CORS_ORIGINS"] == "https://app.example,https://admin.example"
        assert template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"]
        images.add(container(service)["image"])
    (image,) = images
    assert image.startswith(f"europe-west1-docker.pkg.dev/{PROJECT}/pushnchat/suite@sha256:")
    assert first.builds() == 1


def test_each_function_is_open_to_its_own_kind_of_caller_alone(first: Run) -> None:
    """The policy that is set is the whole one: nobody else is let in."""
    invokers = {READ: "gateway", HANDLER: "push", JOB: "scheduler"}
    for name, target in SERVICES.items():
        (sent,) = first.sent("POST", f"/services/{name}:setIamPolicy")
        (binding,) = sent["policy"]["bindings"]
        assert binding["role"] == "roles/run.invoker"
        assert binding["members"] == [f"serviceAccount:{account(invokers[target])}"]


def test_events_are_pushed_with_a_token_and_what_fails_is_kept(first: Run) -> None:
    """Retry, dead letter, and the audience that the function itself demands."""
    (sent,) = first.sent("PUT", "/subscriptions/on-review-decided-apply")
    project = f"projects/{PROJECT}"
    assert sent["topic"] == f"{project}/topics/admin"
    assert sent["filter"] == 'attributes.type = "ReviewDecided"'
    assert sent["pushConfig"]["oidcToken"] == {
        "audience": url("on-review-decided-apply"),
        "serviceAccountEmail": account("push"),
    }
    assert sent["pushConfig"]["pushEndpoint"] == url("on-review-decided-apply") + "/"
    dead = sent["deadLetterPolicy"]
    assert dead["deadLetterTopic"] == f"{project}/topics/admin-dead-letters"
    assert dead["maxDeliveryAttempts"] == 8
    assert sent["retryPolicy"] == {"minimumBackoff": "10s", "maximumBackoff": "600s"}
    assert sent["expirationPolicy"] == {}, "it never expires"
    (kept,) = first.sent("PUT", "/subscriptions/admin-dead-letters")
    assert kept["topic"] == f"{project}/topics/admin-dead-letters"


def test_the_clock_calls_with_a_token_for_the_job(first: Run) -> None:
    """As scheduler.yaml says."""
    (sent,) = first.sent("POST", "/jobs")[-1:]
    assert sent["schedule"] == "*/5 * * * *"
    assert sent["httpTarget"]["uri"] == url("cron-expire-listings") + "/"
    assert sent["httpTarget"]["oidcToken"] == {
        "audience": url("cron-expire-listings"),
        "serviceAccountEmail": account("scheduler"),
    }
    assert sent["retryConfig"]["retryCount"] == 5


def test_the_gateway_gets_the_whole_api_and_an_account_of_its_own(first: Run) -> None:
    """Every operation of the suite, also of what was not deployed this time."""
    (sent,) = first.sent("POST", "/apis/pushnchat/configs")
    assert sent["gatewayServiceAccount"].endswith(account("gateway"))
    (document,) = sent["openapiDocuments"]
    read = yaml.safe_load(base64.b64decode(document["document"]["contents"]))
    validate(read)
    operations = {
        operation["operationId"] for path in read["paths"].values() for operation in path.values()
    }
    assert {
        name for name in entries() if not name.startswith(("on_", "cron_", "task_"))
    } <= operations
    assert first.sent("POST", "/locations/europe-west1/gateways")


def test_who_asks_the_gateway_is_told_where_it_is_in_the_same_run(site: Site, first: Run) -> None:
    """Google names it when it is made; nobody else is deployed again for that."""
    (gateway,) = [
        each for name, each in site.plane.kept.items() if name.endswith("/gateways/pushnchat")
    ]
    name = SYNC.replace("_", "-")
    env = variables(site.plane.service(name))
    assert env["GATEWAY_URL"] == f"https://{gateway['defaultHostname']}"
    deployed = [call for call in first.writes if "/serving.knative.dev/" in call.path]
    times = Counter(call.path.rpartition("/")[2] for call in deployed if call.method == "PUT")
    assert {each for each in SERVICES if times[each] != times["get-listing"]} == set()
    assert times[name] > times["get-listing"]
    assert "GATEWAY_URL" not in variables(site.plane.service("get-listing"))


def test_p9_a_policy_is_of_one_resource_and_of_some_of_its_objects(first: Run) -> None:
    """Who puts a part of an export into the bucket, and who moves what nobody could handle."""
    (sent,) = first.sent("PUT", f"/b/{PROJECT}-exports/iam")
    assert sent["version"] == 3
    bindings = {each["members"][0]: each for each in sent["bindings"]}
    keeper = bindings.pop(f"serviceAccount:{account('fn-users')}")
    assert (keeper["role"], "condition" in keeper) == ("roles/storage.objectUser", False)
    for member, each in bindings.items():
        service = member.partition("fn-")[2].partition("@")[0]
        objects = f"projects/_/buckets/{PROJECT}-exports/objects/parts/{service}/"
        assert each["role"] == "roles/storage.objectCreator"
        assert each["condition"]["expression"] == f'resource.name.startsWith("{objects}")'
    assert f"serviceAccount:{account('fn-listings')}" in bindings
    agent = [f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"]
    for path, role in (
        ("/topics/admin-dead-letters:setIamPolicy", "roles/pubsub.publisher"),
        ("/subscriptions/on-review-decided-apply:setIamPolicy", "roles/pubsub.subscriber"),
    ):
        (sent,) = first.sent("POST", path)
        assert sent["policy"]["bindings"] == [{"role": role, "members": agent}]
    (project,) = first.sent("POST", f"/projects/{PROJECT}:setIamPolicy")
    assert not [each for each in project["policy"]["bindings"] if "pubsub" in each["role"]]


def test_all_that_is_printed_to_be_watched_is_watched(first: Run) -> None:
    """Every alert with who is told of it, the dashboard, and the metric that both count by."""
    made = first.sent("POST", "/alertPolicies")
    assert len(made) == len(monitoring.policies()) == 13
    for policy in made:
        wanted = monitoring.policies()[policy["userLabels"]["policy"]]
        assert policy.items() >= wanted.items()
        assert policy["notificationChannels"] == [f"projects/{PROJECT}/notificationChannels/1"]
    (metric,), (dashboard,) = first.sent("POST", "/metrics"), first.sent("POST", "/dashboards")
    assert dashboard.items() >= monitoring.dashboard().items()
    wanted = {key: each for key, each in monitoring.metric().items() if key != "description"}
    assert metric.items() >= wanted.items()


def test_nothing_has_a_value_that_is_a_secret(first: Run) -> None:
    """Secrets are made empty, and each is read by the accounts that need it."""
    names = {call.query["secretId"] for call in first.calls if "secretId" in call.query}
    roles = {"db-migrator", "db-svc-listings", "db-job-listings", "db-svc-platform"}
    assert names == {"cursor-secret", *roles}
    assert not [call for call in first.calls if "addVersion" in call.path]
    (sent,) = first.sent("POST", "/secrets/db-svc-listings:setIamPolicy")
    (binding,) = sent["policy"]["bindings"]
    assert binding["members"] == [f"serviceAccount:{account('fn-listings')}"]


def test_the_database_is_migrated_before_any_function_is_touched(first: Run) -> None:
    """By a job of the same image, as its own account."""
    paths = [call.path for call in first.writes]
    migrated = next(index for index, path in enumerate(paths) if path.endswith("/migrate:run"))
    deployed = [index for index, path in enumerate(paths) if "/serving.knative.dev/" in path]
    assert migrated < min(deployed)
    (sent,) = first.sent("POST", "/namespaces/demo-p/jobs")
    spec = sent["spec"]["template"]["spec"]["template"]["spec"]
    assert spec["serviceAccountName"] == account("migrate")
    assert "@sha256:" in spec["containers"][0]["image"]
    assert spec["containers"][0]["args"] == ["-m", "migrations"]


def test_a_new_function_answers_before_it_is_done(first: Run) -> None:
    """It is asked under the tag of its revision, with the deployer's token."""
    asked = {call.host: call for call in first.calls if call.host.startswith("new---")}
    deployed = {*SERVICES, SYNC.replace("_", "-")}
    assert asked.keys() == {url(name).replace("http://", "new---") for name in deployed}
    assert "firebase deploy --only=hosting,firestore,storage" in first.said


def test_a_second_run_changes_nothing(site: Site) -> None:
    """What there is is what is wanted."""
    again = site.deploy(*ONLY)
    assert again.status == 0, again.said
    assert again.writes == []


def test_one_edited_function_is_deployed_alone_and_goes_back_in_one_command(site: Site) -> None:
    """Beside what serves, then tried, then in its place; and the other way round."""
    old = site.plane.serving("get-listing")
    site.edit(READ)

    planned = site.deploy("--plan", *ONLY)
    assert planned.status == 0, planned.said
    assert planned.writes == []
    assert [line for line in planned.said.splitlines() if not line.startswith(" ")] == [
        "functions: get-listing"
    ]

    edited = site.deploy(*ONLY)
    assert edited.status == 0, edited.said
    assert edited.builds() == 1
    deployed = [call for call in edited.writes if "/serving.knative.dev/" in call.path]
    assert {call.path.rpartition("/")[2] for call in deployed} == {"get-listing"}
    new = site.plane.serving("get-listing")
    assert new != old
    moved = next(call for call in edited.calls if call.host.startswith("new---get-listing"))
    assert edited.calls.index(moved) > edited.calls.index(deployed[0])
    assert edited.calls.index(moved) < edited.calls.index(deployed[-1])

    for _ in range(2):
        back = site.deploy("--rollback")
        assert back.status == 0, back.said
        assert site.plane.serving("get-listing") == old


def test_a_revision_that_does_not_start_or_answer_gets_no_traffic(site: Site) -> None:
    """What served goes on serving, whoever ran deploy.sh is told, and nothing is promoted."""
    old = {name: site.plane.serving(name) for name in SERVICES}
    site.edit(READ)
    site.edit(JOB)
    site.plane.broken.add("get-listing")
    site.plane.answers["cron-expire-listings"] = 500
    failed = site.deploy(*ONLY)
    assert failed.status != 0
    assert "FAILED  get-listing" in failed.said
    assert (
        "FAILED  cron-expire-listings: ERROR: GET http://new---cron-expire-listings" in failed.said
    )
    assert {name: site.plane.serving(name) for name in SERVICES} == old

    site.plane.broken.clear()
    site.plane.answers.clear()
    mended = site.deploy(*ONLY)
    assert mended.status == 0, mended.said
    assert mended.builds() == 0, "the image is there"
    changed = {name for name in SERVICES if site.plane.serving(name) != old[name]}
    assert changed == {"get-listing", "cron-expire-listings"}


def test_the_functions_api_deploys_the_same_and_goes_back_the_same(site: Site) -> None:
    """From the source, as the same account; what fails to start or to answer serves nobody."""
    for name in SERVICES:
        del site.plane.kept[f"services/{name}"]
    only = ("--only", f"{READ},{HANDLER}")
    names = [each.replace("_", "-") for each in (READ, HANDLER)]

    run = site.deploy(*only, DEPLOY_MODE="functions")
    assert run.status == 0, run.said
    sent = {body["name"].rpartition("/")[2]: body for body in run.sent("POST", "/functions")}
    assert [*sent] == names or [*sent] == names[::-1]
    for name, body in sent.items():
        config = body["serviceConfig"]
        assert body["buildConfig"]["entryPoint"] == SERVICES[name]
        assert body["buildConfig"]["runtime"] == "python311"
        assert config["serviceAccountEmail"] == account("fn-listings")
        env = config["environmentVariables"]
        assert env["THREADS"] == str(config["maxInstanceRequestConcurrency"])
        assert "FUNCTION_TARGET" not in env, "the platform sets it"
        assert "eventTrigger" not in body, "our own subscription pushes, with order and filter"
        (policy,) = run.sent("POST", f"/services/{name}:setIamPolicy")
        assert len(policy["policy"]["bindings"]) == 1
    assert run.builds() == 0

    old = {name: site.plane.serving(name) for name in names}
    for function in (READ, HANDLER):
        site.edit(function)
    site.plane.broken.add(names[0])
    site.plane.answers[names[1]] = 500
    failed = site.deploy(*only, DEPLOY_MODE="functions")
    assert failed.status != 0
    assert all(f"FAILED  {name}" in failed.said for name in names)
    assert {name: site.plane.serving(name) for name in names} == old

    site.plane.broken.clear()
    site.plane.answers.clear()
    mended = site.deploy(*only, DEPLOY_MODE="functions")
    assert mended.status == 0, mended.said
    assert not {site.plane.serving(name) for name in names} & {*old.values()}
    again = site.deploy(*only, DEPLOY_MODE="functions")
    assert again.status == 0, again.said
    assert not any("functions" in each.path for each in again.calls if each.method == "PATCH")
    back = site.deploy("--rollback", DEPLOY_MODE="functions")
    assert back.status == 0, back.said
    assert {name: site.plane.serving(name) for name in names} == old
