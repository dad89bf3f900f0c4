package localnet_test

import (
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// initialization returns a chain with the decloud program and the transaction
// that initialized it, in which the program invokes the system program.
func initialization(t *testing.T) (world, solana.Signature) {
	t.Helper()
	n := localnet.New(t, localnet.InProcess())
	sigs, err := n.RPC().GetSignaturesForAddress(t.Context(), round.Addresses{Program: n.ProgramID()}.Counter())
	require.NoError(t, err)
	require.Len(t, sigs, 1)
	return world{n, n.RPC()}, sigs[0].Signature
}

func TestParsedInnerInstructions(t *testing.T) {
	w, sig := initialization(t)
	raw, err := w.call(t, "getTransaction", sig, "jsonParsed")
	require.NoError(t, err)
	var got struct {
		Transaction struct {
			Message struct {
				Instructions []struct {
					ProgramID solana.PublicKey
					Accounts  []solana.PublicKey
					Data      string
				}
			}
		}
		Meta map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	require.NotContains(t, got.Meta, "loadedAddresses")
	top := got.Transaction.Message.Instructions[0]
	require.Equal(t, w.net.ProgramID(), top.ProgramID, "no parser knows it")
	require.NotEmpty(t, top.Accounts)
	require.NotEmpty(t, top.Data)

	var inner []struct {
		Index        int
		Instructions []struct {
			Program     string
			ProgramID   solana.PublicKey
			Parsed      struct{ Type string }
			StackHeight int
		}
	}
	require.NoError(t, json.Unmarshal(got.Meta["innerInstructions"], &inner))
	require.Len(t, inner, 1)
	require.Zero(t, inner[0].Index)
	invoked := inner[0].Instructions[0]
	require.Equal(t, "system", invoked.Program)
	require.Equal(t, solana.SystemProgramID, invoked.ProgramID)
	require.Equal(t, "createAccount", invoked.Parsed.Type)
	require.Equal(t, 2, invoked.StackHeight)

	compiled, err := w.client.GetTransaction(t.Context(), sig, nil)
	require.NoError(t, err)
	require.NotEmpty(t, compiled.Meta.InnerInstructions[0].Instructions[0].Data, "other encodings leave them compiled")
}

// A simulation on the state before the program was initialized invokes the same.
func TestSimulatedInnerInstructions(t *testing.T) {
	w, sig := initialization(t)
	done, err := w.client.GetTransaction(t.Context(), sig, nil)
	require.NoError(t, err)
	tx, err := done.Transaction.GetTransaction()
	require.NoError(t, err)
	require.NoError(t, w.net.SetAccount(round.Addresses{Program: w.net.ProgramID()}.Counter(), localnet.Account{}))

	simulated := func(cfg rpc.M) (out struct {
		Value struct{ InnerInstructions, Err json.RawMessage }
	}) {
		cfg["encoding"], cfg["replaceRecentBlockhash"] = "base64", true
		raw, err := w.call(t, "simulateTransaction", tx.MustToBase64(), cfg)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &out))
		require.Equal(t, "null", string(out.Value.Err))
		return out
	}
	raw, err := w.call(t, "getTransaction", sig, "jsonParsed")
	require.NoError(t, err)
	var want struct {
		Meta struct{ InnerInstructions json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(raw, &want))
	require.JSONEq(t, string(want.Meta.InnerInstructions), string(simulated(rpc.M{"innerInstructions": true}).Value.InnerInstructions))
	require.Equal(t, "null", string(simulated(rpc.M{}).Value.InnerInstructions))
}
