#!/bin/sh
# Names the wallets that may join in the place of the one that was allowed to:
#
#   sh scripts/join-authorization-set-delegates.sh [RPC] JOIN_AUTHORITY_PUBKEY user.json DELEGATE_PUBKEY…
#
# The RPC node, where it is named, starts with http.
set -eu
rpc=http://127.0.0.1:8899
case ${1:-} in http*) rpc=$1; shift ;; esac
[ $# -ge 2 ] || { echo "usage: $0 [RPC] JOIN_AUTHORITY_PUBKEY user.json DELEGATE_PUBKEY…" >&2; exit 2; }
authority=$1 user=$2; shift 2
exec ${DECLOUD_RUN:-go run github.com/decloud-sdk/decloud-go/examples/run} join-authorization-delegate --rpc "$rpc" --wallet-private-key-path "$user" --join-authority "$authority" "$@"
