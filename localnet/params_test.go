package localnet_test

import (
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

// Every method rejects arguments of the wrong number, type or content.
func TestMethodsCheckTheirArguments(t *testing.T) {
	key, sig := solana.SystemProgramID.String(), solana.Signature{1}.String()
	never, bad := rpc.M{"minContextSlot": 1 << 50}, rpc.M{"commitment": "x"}
	overBoth(t, func(t *testing.T, w world) {
		for _, c := range []struct {
			method string
			good   []any // required arguments
			config bool  // a configuration object may follow
		}{
			{"getAccountInfo", []any{key}, true},
			{"getBalance", []any{key}, true},
			{"getBlockCommitment", []any{1}, false},
			{"getBlockHeight", nil, true},
			{"getBlockProduction", nil, true},
			{"getBlocks", []any{1, 1}, true},
			{"getBlocksWithLimit", []any{1, 1}, true},
			{"getBlockTime", []any{1}, false},
			{"getClusterNodes", nil, false},
			{"getEpochInfo", nil, true},
			{"getEpochSchedule", nil, false},
			{"getFirstAvailableBlock", nil, false},
			{"getGenesisHash", nil, false},
			{"getHealth", nil, false},
			{"getIdentity", nil, false},
			{"getLatestBlockhash", nil, true},
			{"getInflationGovernor", nil, true},
			{"getInflationRate", nil, false},
			{"getLargestAccounts", nil, true},
			{"getMaxRetransmitSlot", nil, false},
			{"getMaxShredInsertSlot", nil, false},
			{"getMinimumBalanceForRentExemption", []any{1}, true},
			{"getMultipleAccounts", []any{[]string{key}}, true},
			{"getProgramAccounts", []any{key}, true},
			{"getSignaturesForAddress", []any{key}, true},
			{"getSlot", nil, true},
			{"getSlotLeader", nil, true},
			{"getSlotLeaders", []any{1, 1}, false},
			{"getStakeMinimumDelegation", nil, true},
			{"getSupply", nil, true},
			{"getTransactionCount", nil, true},
			{"getVersion", nil, false},
			{"getVoteAccounts", nil, true},
			{"isBlockhashValid", []any{key}, true},
			{"minimumLedgerSlot", nil, false},
		} {
			refused := func(code int, params ...any) {
				t.Helper()
				_, err := w.call(t, c.method, params...)
				require.Equal(t, code, rpcError(t, err, nil).Code, "%s%v", c.method, params)
			}
			with := func(more ...any) []any { return append(append([]any{}, c.good...), more...) }
			_, err := w.call(t, c.method, c.good...)
			require.NoError(t, err, c.method)
			refused(-32602, with(nil, nil)...)
			if len(c.good) > 0 {
				refused(-32602)
				refused(-32602, map[string]any{})
				refused(-32602, nil)
			}
			if c.config {
				_, err := w.call(t, c.method, with(nil)...)
				require.NoError(t, err, "null is no configuration: %s", c.method)
				refused(-32602, with(bad)...)
				refused(-32602, with("text")...)
				refused(-32016, with(never)...)
			}
		}
		for _, c := range []struct {
			method string
			params []any
		}{
			{"getSignaturesForAddress", []any{key, rpc.M{"before": "x"}}},
			{"getSignaturesForAddress", []any{key, rpc.M{"until": "x"}}},
			{"getSignaturesForAddress", []any{key, rpc.M{"limit": 0}}},
			{"getSignaturesForAddress", []any{key, rpc.M{"commitment": "processed"}}},
			{"getMultipleAccounts", []any{[]string{"x"}}},
			{"getRecentPrioritizationFees", []any{[]string{"x"}}},
			{"getRecentPrioritizationFees", []any{make([]string, 129)}},
			{"getSignatureStatuses", nil},
			{"getTransaction", []any{"x"}},
			{"getTransaction", []any{sig, rpc.M{"commitment": "x"}}},
			{"getTransaction", []any{sig, 5}},
			{"isBlockhashValid", []any{"x"}},
			{"requestAirdrop", []any{key}},
			{"requestAirdrop", []any{"x", 1}},
			{"requestAirdrop", []any{key, -1}},
			{"requestAirdrop", []any{key, 1, bad}},
			{"sendTransaction", nil},
			{"sendTransaction", []any{"AA", bad, 1}},
			{"sendTransaction", []any{"AA", rpc.M{"preflightCommitment": "x"}}},
			{"simulateTransaction", nil},
			{"simulateTransaction", []any{"AA", bad}},
			{"getFeeForMessage", nil},
			{"getFeeForMessage", []any{"AA==", bad}},
		} {
			_, err := w.call(t, c.method, c.params...)
			require.Equal(t, -32602, rpcError(t, err, nil).Code, "%s%v", c.method, c.params)
		}
		_, err := w.call(t, "getHealth", strings.Repeat("x", 60_000))
		require.ErrorContains(t, err, "413", "the body limit also applies in process")
	})
}
