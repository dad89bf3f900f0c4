package rpcapi

import (
	"context"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// getFeeForMessage returns the fee of a message, or null if its blockhash has
// expired.
func (a *API) getFeeForMessage(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 2); err != nil {
		return nil, err
	}
	var text string
	if err := p.Require(0, &text); err != nil {
		return nil, err
	}
	if err := a.checkContext(p, 1); err != nil {
		return nil, err
	}
	message, err := decodeWire(text, "base64", "solana_message::versions::VersionedMessage")
	if err != nil {
		return nil, err
	}
	res := a.Bank.Simulate(unsigned(message), svm.SimulateOptions{})
	if res.Err != nil && res.Err.Kind == svm.ErrBlockhashNotFound.Kind {
		return a.respond(nil), nil
	}
	if err := refusal(res); err != nil {
		return nil, err
	}
	return a.respond(res.Fee), nil
}

// unsigned makes a transaction of a message, with as many empty signatures as
// its header requires. A message too short for a header stays malformed.
func unsigned(message []byte) []byte {
	signers := message[0]
	if signers&0x80 != 0 { // the version's prefix comes before the header
		signers = 0
		if len(message) > 1 {
			signers = message[1]
		}
	}
	signers &= 0x7f // keeps the length one byte; more signatures exceed a packet anyway
	wire := append([]byte{signers}, make([]byte, int(signers)*64)...)
	return append(wire, message...)
}
