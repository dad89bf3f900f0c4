package app

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/live"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestNoScreenOffATerminal(t *testing.T) {
	for name, c := range map[string]*Call{
		"a pipe":          {Env: func(string) string { return "" }, console: &fakeConsole{}},
		"nobody":          {Env: func(string) string { return "" }},
		"JSON":            {Env: func(string) string { return "" }, console: &fakeConsole{columns: 80}, JSON: true},
		"a dumb terminal": {Env: func(k string) string { return map[string]string{"TERM": "dumb"}[k] }, console: &fakeConsole{columns: 80}},
	} {
		var out bytes.Buffer
		c.Out, c.Err = &out, &out
		require.Nil(t, c.Screen(), name)
		require.Same(t, &out, c.Out, name)
		c.Live(t.Context(), nil, nil)()
		require.Nil(t, c.live, name)
		require.Empty(t, out.String(), name)
	}
}

// What is told prints above the board, and is on it.
func TestTellingOnATerminal(t *testing.T) {
	var out bytes.Buffer
	c := &Call{App: &App{Name: "decloud-test"}, Out: &out, Err: &out, console: &fakeConsole{columns: 120}, Env: func(k string) string { return map[string]string{"NO_COLOR": "1"}[k] }}
	screen := c.Screen()
	c.live = &liveView{screen: screen, board: live.Board{Title: "decloud-test", Started: time.Now()}}
	id, accuracy, lamports := uint64(7), uint32(9000), uint64(500_000_000)
	tell := c.Teller()
	tell.Tell(Event{Kind: "gradient", Round: &id, Accuracy: &accuracy}, "scored it")
	c.live.draw()
	tell.Quietly(Event{Kind: "training", Round: &id, Progress: &Progress{Epoch: 2, Epochs: 4, Batch: 5, Batches: 10, Accuracy: 0.5}})
	c.live.draw()
	require.Contains(t, out.String(), "#7 scored it\n")
	require.Contains(t, out.String(), "[███████░░░░░░░░░░░░░]  38 % epoch 2/4, 50.0 % right")
	out.Reset()
	tell.Tell(Event{Kind: "claimed", Lamports: &lamports, Rating: 350}, "claimed")
	require.Regexp(t, `^\x1b\[4A\r\x1b\[J\[[0-9:]+\] claimed\n─+\n`, out.String(), "the board goes away for a line, and comes back")
	c.live.draw()
	require.Contains(t, out.String(), "earned 0.5 SOL, rating 3.50")
	tell.Tell(Event{Kind: "refused", Round: new(uint64)}, "skipped")
	require.Equal(t, []uint64{7}, c.live.board.IDs())
}

func TestRoundsOnTheBoard(t *testing.T) {
	v := &liveView{}
	now := time.Now()
	r := &round.Round{ID: 3, Version: round.Version, Status: round.Active, Dataset: round.Dataset(dataset.Mnist), CreatedAt: now}
	r.Options.Deadline = now.Add(time.Hour)
	v.stands(r, now, false)
	require.Empty(t, v.board.IDs(), "only rounds that were told of, unless they are one's own")
	v.stands(r, now, true)
	require.Equal(t, []uint64{3}, v.board.IDs())
	row := v.board.Row(3, now)
	require.Equal(t, "Mnist", row.Dataset)
	require.Equal(t, string(r.Phase(now)), row.Phase)
	left := row.Ends.Sub(now)
	// On a chain whose clock is behind, there is that much more time.
	v.stands(r, now.Add(-time.Hour), true)
	require.InDelta(t, left+time.Hour, row.Ends.Sub(now), float64(time.Minute))
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		n := 0
		every(ctx, time.Second, func() { n++ })
		require.Equal(t, 4, n)
	})
}
