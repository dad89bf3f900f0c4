package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/run"
)

// A report shows the model, the members and the money, and is written again only where
// something has changed.
func TestReportOfARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.html")
	m := &meter{report: path, points: []demo.Point{{Step: 1, Accuracy: 0.25}, {Step: 2, Accuracy: 0.5}}}
	wallet := solana.NewWallet().PublicKey()
	v := &run.View{Run: &run.Run{ID: "digits", Name: "<b>mine</b>", State: run.RoundTrain, Treasury: run.SOL, Pool: 2e9, Paid: 1e9},
		Roster: &run.Roster{}, Now: time.Unix(0, 0)}
	v.Roster.Slots[3].Wallet, v.Roster.Slots[3].Status = wallet, run.Active
	read := func() string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	require.NoError(t, m.see(t.Context(), v))
	for _, want := range []string{"Run digits", "&lt;b&gt;mine&lt;/b&gt;", `<td class="n">2</td><td class="n">50.00 %</td>`, wallet.String(), "free in the pool", "<td class=\"n\">2 SOL</td><td class=\"n\">66.7 %</td>"} {
		require.True(t, strings.Contains(read(), want), want)
	}
	require.NoError(t, os.Remove(path))
	require.NoError(t, m.see(t.Context(), v))
	require.NoFileExists(t, path, "nothing has changed")
	v.Run.Step = 2
	require.NoError(t, m.see(t.Context(), v))
	require.Contains(t, read(), "Step")

	text := runPage(&run.View{Run: &run.Run{ID: "points"}, Roster: &run.Roster{}}, nil)
	require.Len(t, text.Parts, 2, "a run without a treasury has no money")
	m = &meter{report: filepath.Join(t.TempDir(), "gone", "run.svg")}
	require.ErrorIs(t, m.see(t.Context(), v), os.ErrNotExist)
}
