package run_test

import (
	"testing"

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
