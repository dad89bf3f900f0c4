package member

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/run"
)

// A member follows a run to another authority, and an authority to another run of the
// same id, but never an id to a stranger who took it.
func TestStrangerTakesTheIDOfAClosedRun(t *testing.T) {
	dir := t.TempDir()
	w := &Worker{cfg: Config{Dir: filepath.Join(dir, "work"), RunID: "digits"}}
	at := func(created uint64, authority byte) *run.Run {
		return &run.Run{ID: "digits", CreatedSlot: created, Authority: solana.PublicKey{authority}}
	}
	require.NoError(t, w.checkSame(at(10, 1)), "the first time")
	require.NoError(t, w.checkSame(at(10, 1)), "after a pause")
	require.NoError(t, w.checkSame(at(20, 1)), "created again")
	require.NoError(t, w.checkSame(at(20, 2)), "handed on")
	err := w.checkSame(at(30, 3))
	require.ErrorIs(t, err, ErrOtherRun)
	file := filepath.Join(dir, "work", "digits.json")
	require.ErrorContains(t, err, file, "what to do about it")
	require.ErrorIs(t, w.checkSame(at(30, 3)), ErrOtherRun, "still")
	require.NoError(t, os.Remove(file))
	require.NoError(t, w.checkSame(at(30, 3)), "whoever trusts it")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	require.ErrorContains(t, w.checkSame(at(30, 3)), file)
}
