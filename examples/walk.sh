#!/usr/bin/env bash
# A fair round as its people type it, each app in a process of its own: a local chain, three validators, two trainers, a creator,
# and the page that shows it. Two to three minutes: so long is a fair round at its fastest.
#
#   examples/walk.sh          # from the root of the repository; needs Go, curl and Python 3
#
# README.md shows what it prints ("make readme").
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
step() { printf '\n== %s\n' "$*"; }
type() { printf '$ %s\n' "$*"; "$@"; }

cp examples/launch/model/mnist.pt "$dir/"
go build -o "$dir/" ./examples/localnet ./examples/creator ./examples/trainer ./examples/validator ./examples/explorer
cd "$dir"
PATH=$dir:$PATH
export HOME=$dir # no settings of yours are read or written
logs() { tail -n 20 ./*.log >&2; exit 1; }

step "terminal 1: a local chain"
localnet --rpc-port 0 --ws-port 0 >localnet.log &
pids+=($!)
for _ in $(seq 100); do rpc=$(awk '$1 == "JSON-RPC" { print $2 }' localnet.log); [ -n "$rpc" ] && break; sleep 0.1; done
[ -n "$rpc" ] || logs
sed -n '1p; 3,6p' localnet.log
node=(--custom-rpc "$rpc" --custom-ws "${rpc/http/ws}" --car-dir "$dir/cars")

step "terminal 2: a page that shows all of it"
explorer --rpc "$rpc" --ws "${rpc/http/ws}" --listen 127.0.0.1:0 >explorer.log 2>&1 &
pids+=($!)
for _ in $(seq 100); do page=$(grep -m1 '^http' explorer.log || true); [ -n "$page" ] && break; sleep 0.1; done
echo "explorer: open $page"

step "terminals 3 to 5: validators"
for me in v1 v2 v3; do
  validator setup --new-wallet --poll-interval 1 --home $me "${node[@]}" >$me.log 2>&1
  validator airdrop --home $me >>$me.log 2>&1
  type validator stake 0.1 --home $me
  validator start --home $me >>$me.log 2>&1 &
  pids+=($!)
done

step "terminals 6 and 7: trainers"
for me in t1 t2; do
  trainer setup --new-wallet --poll-interval 1 --home $me "${node[@]}" >$me.log 2>&1
  trainer airdrop --home $me >>$me.log 2>&1
  echo "\$ trainer start --home $me"
  trainer start --home $me >>$me.log 2>&1 &
  pids+=($!)
done

step "terminal 8: the creator"
creator setup --new-wallet --home c "${node[@]}" >c.log 2>&1
creator airdrop --home c >>c.log 2>&1
type creator launch -m mnist.pt -d Mnist -r 0.5 --yes --home c 2>launch.log || logs
type creator start 0 --home c 2>start.log || logs
type creator info 0 --home c || logs

step "what the page says"
curl -sf "${page}api/rounds/0" >round.json
python3 - round.json <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
sol = lambda amount: f"{int(amount) / 1e9:.9f}"
m = r["money"]
for side in "in", "out":
    for part in m[side]:
        print(f"{side:>4} {sol(part['amount']):>14}  {part['name']}")
assert r["phase"] == "finalized" and m["holds"], r
assert sum(int(p["amount"]) for p in m["in"]) == sum(int(p["amount"]) for p in m["out"])
assert len(r["submissions"]) == 2 and any(s["improvement"] for s in r["submissions"]), r["submissions"]
print("both sides are equal")
PY
