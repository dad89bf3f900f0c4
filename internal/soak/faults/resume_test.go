package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestResume(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	train := func(r *resume, from, to int) string { // an epoch a second
		lost := ""
		for n := from; n <= to; n++ {
			lost += r.epoch(3, fmt.Sprintf("Epoch %d/100: Loss=1", n), at(n))
		}
		return lost
	}
	for _, c := range []struct {
		name  string
		again int
		wrong bool
	}{
		{"goes on", 20, false},
		{"at its last checkpoint", 17, false},
		{"a little before", 16, false},
		{"further back", 15, true},
		{"from the beginning", 1, true},
	} {
		var r resume
		r.accepted(3)
		require.Empty(t, train(&r, 1, 20), c.name)
		r.killed(at(20))
		require.Equal(t, c.wrong, train(&r, c.again, c.again) != "", c.name)
	}

	var r resume
	r.accepted(3)
	require.Empty(t, train(&r, 1, 100))
	r.done(3)
	r.killed(at(100))
	require.Contains(t, train(&r, 1, 1), "after it was done")
	require.Empty(t, train(&r, 2, 3), "it is told once")
	r.forget()
	require.Empty(t, train(&r, 90, 100), "of the chain that is gone")
	r.accepted(3)
	require.Empty(t, train(&r, 1, 1), "another chain has another round of that number")
}

func TestAFaultTellsWhatTheAppSaidOfTheRound(t *testing.T) {
	a := &actor{}
	for i := range 1000 {
		a.note(fmt.Sprintf(`{"event":"training","round":%d,"text":"Epoch %d/9"}`, i%3, i))
	}
	a.note("ended after 2s, sent killed")
	require.Len(t, a.said, maxSaid)
	about := a.about(1)
	require.Equal(t, 20, strings.Count(about, "\n"))
	require.Contains(t, about, `"round":1,`)
	require.Contains(t, about, "ended after 2s")
	require.NotContains(t, about, `"round":2,`)
}
