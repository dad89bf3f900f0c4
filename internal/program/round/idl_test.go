package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/round"
)

func TestIDLFitsTheProgram(t *testing.T) {
	idl := programtest.ParseIDL(t, round.IDL())
	require.Equal(t, programID.String(), idl.Address)
	t.Run("discriminators", idl.CheckDiscriminators)
	t.Run("layouts", idl.CheckLayouts)
	t.Run("errors", idl.CheckErrors)
	require.Len(t, idl.Errors, 39)
}

// TestIDLAccounts compares the IDL's accounts with those of calls that work.
func TestIDLAccounts(t *testing.T) {
	idl := programtest.ParseIDL(t, round.IDL())
	c := newBank(t)
	calls := map[string]call{"initialize": c.initialize()}
	c.ok(calls["initialize"])
	for _, s := range story(c) {
		calls[s.call.name] = s.call
	}
	require.Len(t, idl.Instructions, len(calls))
	for _, in := range idl.Instructions {
		k, ok := calls[in.Name]
		require.True(t, ok, in.Name)
		for i, meta := range in.Accounts {
			if meta.Optional && i >= len(k.metas) {
				continue
			}
			require.Equal(t, k.metas[i].IsWritable, meta.Writable, "%s %s", in.Name, meta.Name)
			require.Equal(t, k.metas[i].IsSigner, meta.Signer, "%s %s", in.Name, meta.Name)
		}
	}
}
