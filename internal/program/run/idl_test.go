package run_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run"
)

func TestIDLFitsTheProgram(t *testing.T) {
	idl := programtest.ParseIDL(t, run.IDL())
	require.Equal(t, programID.String(), idl.Address)
	t.Run("discriminators", idl.CheckDiscriminators)
	t.Run("layouts", idl.CheckLayouts)
	t.Run("records", func(t *testing.T) { idl.CheckRecords(t, "RunConfig", "Slot", "Verifier") })
	t.Run("errors", idl.CheckErrors)
	require.Len(t, idl.Errors, 42)
}

// TestIDLAccounts compares the IDL's accounts and their flags with those of calls that work. TestAccountChecks requires that each
// flag is needed; TestTokenAccountChecks does both for runs with tokens.
func TestIDLAccounts(t *testing.T) {
	w := newWorld(t)
	w.treasury = 1
	checkAccounts(t, w, story(w))
}

func checkAccounts(t *testing.T, w *world, steps []step) {
	calls := map[string][]*solana.AccountMeta{"initialize": w.initialize().Metas}
	for _, s := range steps {
		calls[s.Call.Name] = s.Call.Metas
	}
	programtest.ParseIDL(t, run.IDL()).CheckAccounts(t, calls)
}
