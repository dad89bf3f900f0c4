package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// What a daemon tells is in its report as it goes on: trainings, scores, earnings.
func TestReportOfWhatIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	var out bytes.Buffer
	c := &Call{App: &App{Name: "decloud-test"}, Out: &out, Err: &out}
	finish := c.Report(path, "a daemon", "Wallet", "7Eq")
	has := func(want string) {
		t.Helper()
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, strings.Contains(string(text), want), want)
	}
	tell := c.Teller()
	loss, accuracy, lamports := 0.5, uint32(7512), uint64(1_500_000_000)
	for id := uint64(1); id <= 8; id++ {
		for epoch := 1; epoch <= 3; epoch++ {
			tell.Quietly(Event{Kind: "training", Round: &id, Progress: &Progress{Epoch: epoch, Epochs: 3, Batch: 4, Batches: 9, Accuracy: 0.1}}) // not the epoch's end
			tell.Quietly(Event{Kind: "training", Round: &id, Progress: &Progress{Epoch: epoch, Epochs: 3, Batch: 9, Batches: 9, Loss: &loss, Accuracy: float64(epoch) / 4}})
		}
	}
	require.NoFileExists(t, path, "an epoch is no reason to write a file")
	seven := uint64(7)
	tell.Tell(Event{Kind: "base", Round: &seven, Accuracy: &accuracy}, "scored")
	has(`<th scope="col" class="n">round 3</th>`)
	has(`<th scope="col" class="n">round 8</th>`)
	has(`<td class="n">3</td><td class="n">75.00 %</td>`)
	has(`<td class="n">7</td><td>the base</td><td class="n">75.12 %</td>`)
	tell.Tell(Event{Kind: "claimed", Round: &seven, Lamports: &lamports, Rating: 451}, "claimed")
	tell.Tell(Event{Kind: "claimed", Round: &seven, Lamports: &lamports, Rating: 452}, "claimed")
	require.NoError(t, finish())
	has(`3 SOL in 2 claims`)
	has(`rating: 4.51 at claim 1, 4.52 at claim 2`)
	require.Len(t, c.record.trainings, maxTrainings)

	for range 1000 { // years of it
		c.record.scores = latest(append(c.record.scores, []string{"1", "x", "1 %"}), maxScores)
	}
	require.Len(t, c.record.scores, maxScores)
	require.NoError(t, (&Call{}).Report("", "nothing was asked for")())
	gone := &Call{App: c.App, Out: &out}
	finish = gone.Report(filepath.Join(t.TempDir(), "gone", "a.svg"), "x")
	gone.Teller().Tell(Event{Kind: "base", Round: &seven, Accuracy: &accuracy}, "a report that cannot be written stops nothing")
	require.ErrorIs(t, finish(), os.ErrNotExist)
}

func TestReportOfARound(t *testing.T) {
	d := &RoundDetails{
		RoundView:  RoundView{ID: 3, Phase: round.PhaseFinalized, Dataset: "Mnist", Reward: 1_000_000_000, BaseAccuracy: 7000, Quorum: 2},
		BaseScores: []uint32{7000}, Trainers: 800_000_000, Validators: 150_000_000, Fees: 50_000_000,
		Submissions: []GradientView{{Trainer: "alice", Validations: 2, Accuracy: 8000, Improvement: 1000, Share: 800_000_000, Source: "https://x/<y>"}, {Trainer: "bob"}},
	}
	page := func(d *RoundDetails) string {
		text, err := d.page(time.Unix(0, 0)).HTML()
		require.NoError(t, err)
		return string(text)
	}
	text := page(d)
	for _, want := range []string{"base 70.00 %; alice 80.00 % (&#43;10.00)", `<td class="n">0.8 SOL</td><td class="n">80.0 %</td>`, "https://x/&lt;y&gt;", "0/2"} {
		require.True(t, strings.Contains(strings.ReplaceAll(text, "(+", "(&#43;"), want), want)
	}
	require.NotContains(t, text, "As things stand: scores")
	d.Incomplete = true
	require.Contains(t, page(d), sharesUnknown)
	d.Phase = round.PhaseForeign
	require.Contains(t, page(d), foreignRound)
}

// The flag refuses what could not be written before anything is done.
func TestReportFlag(t *testing.T) {
	for path, want := range map[string]error{"a.html": nil, "a.pdf": errors.New("an .html or an .svg file"), filepath.Join("none", "a.svg"): os.ErrNotExist} {
		fs := newFlags("x")
		got := ReportFlag(fs, "it")
		_, err := parse(fs, []string{"--report", path})
		if want == nil {
			require.NoError(t, err)
			require.Equal(t, path, *got)
			continue
		}
		require.ErrorContains(t, err, fmt.Sprint(map[bool]any{true: "no such file", false: want}[errors.Is(want, os.ErrNotExist)]))
	}
}
