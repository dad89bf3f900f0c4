#!/usr/bin/env bash
# The run's side of the comparison: a local chain and six members, each in a process of its own.
#   ours.sh BINARIES PACKAGE MODEL CARS ROUNDS
# A round waits for the hash of a slot eight slots later: SLOT is how long one takes, 2 ms by default (Solana: 400 ms).
# Each process computes on one processor, as each of Flower's members does (flower.py, num_cpus).
set -euo pipefail
export GOMAXPROCS=1
bin=$1 package=$2 model=$3 cars=$4 rounds=$5
dir=$(mktemp -d); pids=() prepared=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
"$bin/localnet" --rpc-port 0 --ws-port 0 --slot-time "${SLOT:-2ms}" >chain.log 2>&1 &
pids+=($!)
for _ in $(seq 500); do rpc=$(grep -om1 'http://127[^ ]*' chain.log || true); [ -n "$rpc" ] && break; sleep 0.02; done
ws=ws${rpc#http} # the same port
run() { local name=$1 command=$2; shift 2; ${replace-} "$bin/run" "$command" --home "$dir/$name" --rpc "$rpc" --cars "$cars" "$@"; }
as() { local name=$1 command=$2; shift 2; run "$name" "$command" --wallet-private-key-path "$dir/$name.json" "$@"; }
for i in 0 1 2 3 4 5; do { as member$i keygen; as member$i airdrop 1; } >member$i.log 2>&1 & prepared+=($!); done
# One local epoch of a share of 333 digits in batches of 32: 10 steps of six members.
cat >config.toml <<TOML
[config]
warmup_time = 20
cooldown_time = 1
rounds_per_epoch = $rounds
max_round_train_time = 60
round_witness_time = 20
min_clients = 2
init_min_clients = 6
global_batch_size_start = 1920
global_batch_size_end = 1920
total_steps = $rounds
waiting_for_members_extra_time = 1
[model.Head]
package = "$package"
batch_size = 32
[model.Head.lr_schedule.Constant]
base_lr = 0.1
[model.Head.optimizer.Sgd]
TOML
{
  as authority keygen; as authority airdrop 5; as authority join-authorization-create; as authority create-run --run-id digits
  as authority update-config --run-id digits --config-path config.toml; as authority checkpoint --run-id digits --digest "$model"
  as authority set-paused --run-id digits --resume
} >authority.log 2>&1
wait "${prepared[@]}"
for i in 0 1 2 3 4 5; do # exec: what is killed in the end is the member, and no shell around it
  replace=exec as member$i train --ws-rpc "$ws" --run-id digits --share $i --ms-interval 500 >>member$i.log 2>&1 &
  pids+=($!)
done
run anybody live --run-id digits --ms-interval 200 --accuracy
