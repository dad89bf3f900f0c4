package round_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
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
	require.Len(t, idl.Errors, 41)
}

// TestIDLAccounts compares the IDL's accounts with those of calls that work.
func TestIDLAccounts(t *testing.T) {
	idl := programtest.ParseIDL(t, round.IDL())
	c := newBank(t)
	first := c.initialize()
	calls := map[string][]*solana.AccountMeta{first.name: first.metas}
	c.ok(first)
	for _, s := range story(c) {
		if _, known := calls[s.call.name]; !known { // in sealed rounds some accounts have other flags
			calls[s.call.name] = s.call.metas
		}
	}
	idl.CheckAccounts(t, calls)
}
