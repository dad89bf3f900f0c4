package live

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBoard(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := Board{Title: "decloud-trainer on localnet", Started: start}
	now := start.Add(90 * time.Second)
	require.Equal(t, []string{"decloud-trainer on localnet  earned 0 SOL  up 1m30s", "no rounds yet"}, b.Lines(now, false)[1:])

	r := b.Row(7, start)
	r.Dataset, r.Phase, r.Ends, r.Part, r.Doing = "Mnist", "training", now.Add(5*time.Minute), 0.5, "epoch 2/3"
	b.Row(12, start).Doing = "submitted"
	b.Lamports, b.Rating = 125_000_000, "3.50"
	b.Measured(0.1)
	b.Measured(0.95)
	require.Equal(t, `decloud-trainer on localnet  earned 0.125 SOL, rating 3.50  up 1m30s
#7     Mnist        training   5m0s left [██████████░░░░░░░░░░]  50 % epoch 2/3
#12                            submitted
accuracy ▁█ 95.0 %`, strings.Join(b.Lines(now, false)[1:], "\n"))
	require.Contains(t, b.Lines(now, true)[2], "\x1b[36mtraining  \x1b[0m")
	require.NotContains(t, b.Lines(now.Add(time.Hour), false)[2], "left", "a phase that is over has no time left")
	b.Drop(7)
	require.False(t, b.Has(7))
	require.True(t, b.Has(12))
}

// A board has an end, whatever strangers do.
func TestBoardIsBounded(t *testing.T) {
	var b Board
	at := time.Unix(0, 0)
	for id := range uint64(100) {
		b.Row(id, at.Add(time.Duration(id)))
		b.Row(3, at.Add(time.Duration(id)))
		b.Measured(float64(id))
	}
	require.Equal(t, []uint64{3, 93, 94, 95, 96, 97, 98, 99}, b.IDs())
	require.Len(t, b.curve, maxCurve)
	require.InDelta(t, 99, b.curve[maxCurve-1], 0)
}

func TestBars(t *testing.T) {
	require.Equal(t, "[██░░]  50 %", Bar(0.5, 4))
	require.Equal(t, "[░░░░]   0 %", Bar(-1, 4))
	require.Equal(t, "[████] 100 %", Bar(9, 4))
	require.Equal(t, "▁▅█", Spark([]float64{0, 0.5, 1}))
}
