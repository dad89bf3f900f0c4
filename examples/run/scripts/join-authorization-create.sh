#!/bin/sh
# Lets a wallet, or everybody (11111111111111111111111111111111), join the runs of a join authority:
#
#   sh scripts/join-authorization-create.sh [RPC] join_authority.json PUBKEY
#
# With two arguments the RPC node is that of a local chain.
set -eu
rpc=http://127.0.0.1:8899
if [ $# -eq 3 ]; then rpc=$1; shift; fi
[ $# -eq 2 ] || { echo "usage: $0 [RPC] join_authority.json PUBKEY" >&2; exit 2; }
exec ${DECLOUD_RUN:-go run github.com/decloud-sdk/decloud-go/examples/run} join-authorization-create --rpc "$rpc" --wallet-private-key-path "$1" --authorizer "$2"
