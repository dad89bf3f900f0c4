#!/usr/bin/env bash
# A run as its authority and six members type it, each in a process of its own: a local chain, a run with a treasury
# of SOL, two epochs of training on shares of the built-in digits, rewards claimed, the run closed.
#
#   examples/run/walk.sh          # from the root of the repository; under a minute
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
step() { printf '\n== %s\n' "$*"; }

go build -o "$dir/" ./examples/localnet ./examples/run
cd "$dir"

step "terminal 1: a local chain"
./localnet --rpc-port 0 --ws-port 0 --slot-time 50ms >chain.log 2>&1 &
pids+=($!)
for _ in $(seq 100); do rpc=$(grep -om1 'http://127[^ ]*' chain.log || true); [ -n "$rpc" ] && break; sleep 0.1; done
[ -n "$rpc" ] || { cat chain.log; exit 1; }
echo "$rpc"
run() { local name=$1 command=$2; shift 2; ./run "$command" --home "$dir/$name" --rpc "$rpc" --cars "$dir/cars" "$@"; }
as() { local name=$1 command=$2; shift 2; run "$name" "$command" --wallet-private-key-path "$dir/$name.json" "$@"; }

step "terminal 2: the authority"
as authority keygen
as authority airdrop 10
run authority new-package | tee package.txt
package=$(awk '$1 == "package" { print $2 }' package.txt)
model=$(awk '$1 == "model" { print $2 }' package.txt)
cat >config.toml <<TOML
[config]
warmup_time = 20
cooldown_time = 1
rounds_per_epoch = 2
max_round_train_time = 15
round_witness_time = 5
min_clients = 2
init_min_clients = 6
global_batch_size_start = 1920
global_batch_size_end = 1920
total_steps = 4
waiting_for_members_extra_time = 1
max_norm = 4.0
[model.Head]
package = "$package"
batch_size = 32
[model.Head.lr_schedule.Constant]
base_lr = 0.2
[model.Head.optimizer.Sgd]
TOML
as authority join-authorization-create
as authority create-run --run-id digits --treasurer-sol --name "digits" --client-version 1
as authority update-config --run-id digits --config-path config.toml
as authority checkpoint --run-id digits --digest "$model"
as authority set-future-epoch-rates --run-id digits --earning-rate 10000000
as authority treasurer-top-up-rewards --run-id digits --collateral-amount 1000000000
as authority set-paused --run-id digits --resume
run anybody can-join --run-id digits --address 11111111111111111111111111111112

step "terminals 3 to 8: six members"
members=()
for i in 0 1 2 3 4 5; do
  as member$i keygen
  as member$i airdrop 2
  as member$i train --run-id digits --share $i --ms-interval 200 >member$i.log 2>&1 &
  members+=($!); pids+=($!)
done

step "terminal 9: anybody looks on"
run anybody live --run-id digits --svg accuracy.svg || { tail -5 member*.log; exit 1; }
for m in "${members[@]}"; do wait "$m" || { tail -5 member*.log; exit 1; }; done

step "the end"
run anybody json-info-dump --run-id digits >dump.json
python3 - <<'PY'
import json
d = json.load(open("dump.json"))
clients, t = d["coordinator_account"]["clients"], d["treasurer_run"]
paid = t["total_claimed_earned_points"]
assert d["coordinator_account"]["status"]["step"] == 4, d["coordinator_account"]["status"]
assert paid == sum(c["earned"] for c in clients.values()) == 6 * 2 * 10_000_000, (paid, clients)
assert t["funded_collateral_amount"] + paid == 1_000_000_000, t
print(f"{len(clients)} members, {paid} lamports paid, {t['funded_collateral_amount']} left")
PY
grep -q polyline accuracy.svg
run anybody checkpoint --run-id digits --output model
ls model
as authority close-run --run-id digits
