package localnet

import "github.com/gagliardetto/solana-go/rpc/jsonrpc"

// Direct sends requests to the handler without solana-go in between.
func Direct(n *Network) jsonrpc.HTTPClient { return directClient{n} }

// Break has the chain take no more changes, as where the disk is full.
func Break(n *Network, reason error) { _ = n.bank.Stop(reason) }
