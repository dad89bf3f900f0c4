package svm

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpftest"
)

// TestAllEdges lists a program's edges, and fails if there is no program.
func TestAllEdges(t *testing.T) {
	b, k, _ := testBank(t)
	id := solana.PublicKey{7}
	_, err := b.AllEdges(id)
	require.ErrorContains(t, err, "no program")
	_, err = b.AllEdges(k.PublicKey())
	require.ErrorContains(t, err, "no program")
	require.NoError(t, b.SetAccount(id, Account{Lamports: 1e9, Owner: LoaderV2ID, Data: []byte("no ELF"), Executable: true}))
	_, err = b.AllEdges(id)
	require.ErrorContains(t, err, "cannot be run")
	require.NoError(t, b.AddProgram(id, sbpftest.V0(code(insn(0x15, 3, 0, 1, 1), insn(0xb7, 4, 0, 0, 0), exit()))))
	edges, err := b.AllEdges(id)
	require.NoError(t, err)
	require.Len(t, edges, 4, "the way in, the two of the jump, and the way past its target")
}
