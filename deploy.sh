#!/usr/bin/env bash
# Deploys the suite:  ./deploy.sh dev|staging|prod [--plan | --rollback] [--only get_listing,search]
#
# Safe to run again: it lists what there is, `python -m functions steps` says what differs from the
# plan, and that alone is done. --plan prints it instead. --rollback sends the traffic of all that the
# last release changed back to what served before. DEPLOY_MODE=functions deploys by the functions API.
set -Eeuo pipefail
cd "$(dirname "$0")"

usage() { sed -n 's/^# Deploys the suite: */usage: /p' "$0" >&2; exit 64; }
environment=${1:-} plan='' back='' options=()
[[ $environment =~ ^[a-z]+$ && -f deploy/$environment.env ]] || usage
shift
while (($#)); do
    case $1 in
        --plan) plan=1 ;;
        --rollback) back=1 options+=(--back) ;;
        --only) options+=("--only=${2:?names functions}"); shift ;;
        *) usage ;;
    esac
    shift
done
set -a
# shellcheck source=deploy/dev.env
. "deploy/$environment.env"
set +a
dir=.local/deploy/$environment
rm -rf "$dir" && mkdir -p "$dir/have" "$dir/log"
export dir CLOUDSDK_CORE_PROJECT=$GOOGLE_CLOUD_PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1

# What there is

list() { gcloud "${@:2}" --format=json >"$dir/have/$1.json" 2>"$dir/log/list-$1" || { cat "$dir/log/list-$1" >&2; return 1; }; }

lists="services run services list --region=$REGION; functions functions list --v2 --regions=$REGION"
[[ -n $back ]] || lists+="; runjobs run jobs list --region=$REGION; project projects describe $GOOGLE_CLOUD_PROJECT
    policy projects get-iam-policy $GOOGLE_CLOUD_PROJECT; accounts iam service-accounts list; topics pubsub topics list
    subscriptions pubsub subscriptions list; queues tasks queues list --location=$REGION; secrets secrets list
    jobs scheduler jobs list --location=$REGION; buckets storage buckets list; apis api-gateway apis list
    repositories artifacts repositories list --location=$REGION; configs api-gateway api-configs list
    gateways api-gateway gateways list --location=$REGION; metrics logging metrics list
    alerts alpha monitoring policies list; dashboards monitoring dashboards list"

have() {
    local kind words pids=() pid
    while read -r kind words; do
        # shellcheck disable=SC2086  # several words
        list "$kind" $words & pids+=($!)
    done < <(tr ';' '\n' <<<"$lists")
    for pid in "${pids[@]}"; do wait "$pid"; done
}

enable() {
    local api missing=() on
    on=$(gcloud services list --enabled --format='value(config.name)')
    for api in run cloudfunctions cloudbuild artifactregistry pubsub cloudtasks cloudscheduler sqladmin iam iamcredentials secretmanager \
        storage apigateway servicemanagement servicecontrol identitytoolkit firestore fcm firebaserules firebasehosting logging monitoring; do
        grep -qx "$api.googleapis.com" <<<"$on" || missing+=("$api.googleapis.com")
    done
    ((${#missing[@]})) || return 0
    [[ -z $plan ]] || { echo "to be enabled before more can be said: ${missing[*]}"; exit 0; }
    gcloud services enable "${missing[@]}"
}

# What is done

identity() { gcloud auth print-identity-token --audiences="$1" 2>/dev/null || gcloud auth print-identity-token; }

smoke() { # a function's URL, then method, URL and wanted status of the request
    local token=${SMOKE_TOKEN:-} status
    [[ -n $token ]] || token=$(identity "$1")
    status=$(curl -sS -o /dev/null -w '%{http_code}' -m 60 -X "$2" -H "Authorization: Bearer $token" "$3")
    [[ $status == "$4" ]] || { echo "ERROR: $2 $3 answered $status, not $4" >&2; return 1; }
}

one() { # a name, a tab, a command line; again when Google was busy or had not heard of an account yet
    local name=${1%%$'\t'*} command=${1#*$'\t'} pause log
    log=$dir/log/${name//[^a-z0-9-]/_}
    for pause in ${PAUSES-5 20 45} 0; do
        if (eval "$command") </dev/null >"$log" 2>&1; then echo "ok      $name"; return; fi
        grep -qE 'RESOURCE_EXHAUSTED|ABORTED|UNAVAILABLE|Conflict|concurrent|[Aa]ccount.* does not exist' "$log" || break
        sleep "$pause"
    done
    echo "FAILED  $name: $(grep -m1 ERROR "$log" || tail -1 "$log")" >&2
    return 1
}
export -f identity smoke one

image() { # built once from the files whose hash is its tag, then known by its digest
    local name=$REGION-docker.pkg.dev/$GOOGLE_CLOUD_PROJECT/pushnchat/suite
    local known=(gcloud artifacts docker images describe "$name:$(<"$dir/image")" --format='value(image_summary.digest)')
    IMAGE=$("${known[@]}" 2>/dev/null) || {
        gcloud builds submit . --config=deploy/build.yaml --substitutions=_IMAGE="$name:$(<"$dir/image")" --suppress-logs >"$dir/log/build" 2>&1
        IMAGE=$("${known[@]}")
    }
    export IMAGE=$name@$IMAGE
}

round() { # finds what differs and does it
    local phase
    have
    "${PYTHON:-.venv/bin/python}" -m functions steps "$environment" "$dir" --mode="${DEPLOY_MODE:-run}" --release="$release" "${options[@]}" >"$dir/steps"
    if [[ -n $plan ]]; then awk -F'\t' '{ gsub(/ && /, "\n    ", $3); print $1 ": " $2 "\n    " $3 }' "$dir/steps"; return; fi
    for phase in accounts resources migrations functions wiring; do
        # shellcheck disable=SC2016  # what is looked for, and run, has the dollar in it
        if [[ $phase == migrations ]] && grep -q '"$IMAGE"' "$dir/steps"; then image; fi
        # shellcheck disable=SC2016  # see above
        sed -n "s/^$phase\t//p" "$dir/steps" | xargs -r -d '\n' -P "${PARALLEL:-6}" -I{} bash -c 'one "$1"' _ {}
    done
}

release=$(date -u +r%Y%m%d-%H%M%S)
[[ -n $back ]] || enable
round
[[ -z $plan && -z $back ]] || exit 0
# A gateway has its address when it is there: who sends on what devices did is told it at once.
if [[ -z ${GATEWAY_URL:-} ]] && grep -q 'gateways create' "$dir/steps"; then round; fi
[[ ! -f firebase.json ]] || ${FIREBASE:-npx --yes firebase-tools} deploy --only=hosting,firestore,storage --project="$GOOGLE_CLOUD_PROJECT" --non-interactive
