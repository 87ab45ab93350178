#!/usr/bin/env bash
# Sets up what is watched:  deploy/monitoring.sh dev|staging|prod [channel ...]
#
# Channels are notification channels by their whole names. Safe to run again: what is there is updated.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

environment=${1:?usage: deploy/monitoring.sh dev|staging|prod [channel ...]}
shift
# shellcheck source=dev.env
. "deploy/$environment.env"
export CLOUDSDK_CORE_PROJECT=$GOOGLE_CLOUD_PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1
channels=$(IFS=,; echo "$*")
files=deploy/monitoring

verb() { [[ -n $1 ]] && echo update || echo create; }

name=answer_seconds
there=$(gcloud logging metrics list --filter="name=$name" --format='value(name)')
gcloud logging metrics "$(verb "$there")" "$name" --config-from-file="$files/$name.json"

there=$(gcloud alpha monitoring policies list --format='value(displayName,name)')
policy() {
    local title name words
    title=$(sed -n '0,/"displayName"/s/.*"displayName": "\(.*\)",/\1/p' "$1")
    name=$(awk -F'\t' -v title="$title" '$1 == title { print $2 }' <<<"$there")
    words=("$(verb "$name")")
    [[ -z $name ]] || words+=("$name")
    [[ -z $channels ]] || words+=("--$([[ -n $name ]] && echo set-)notification-channels=$channels")
    gcloud alpha monitoring policies "${words[@]}" --policy-from-file="$1"
}
for each in "$files"/policies/*.json; do policy "$each"; done

there=$(gcloud monitoring dashboards list --filter='displayName=PushNchat' --format='value(name)')
words=("$(verb "$there")")
[[ -z $there ]] || words+=("$there")
gcloud monitoring dashboards "${words[@]}" --config-from-file="$files/dashboard.json"
