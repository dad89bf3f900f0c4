package localnet

import "github.com/gagliardetto/solana-go/rpc/jsonrpc"

// Direct sends requests to the handler without solana-go in between.
func Direct(n *Network) jsonrpc.HTTPClient { return directClient{n} }
