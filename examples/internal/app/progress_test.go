package app

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/live"
	"github.com/decloud-sdk/decloud-go/storage"
)

// ofSomeCID is progress about a root that is nobody's.
func ofSomeCID(t *testing.T) (p storage.Progress) {
	root, err := storage.ParseCID("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	return storage.Progress{CID: root}
}

func quiet(string) string { return "" }

// Progress is a bar in place on a terminal, and nothing is left of it.
func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := &Call{App: &App{Name: "decloud-test"}, Out: &out, Err: &out, console: &fakeConsole{columns: 120}, Env: quiet}
		stop := c.Working()
		c.Working()() // inside of it, the same lines are used
		embedding := c.Progress("embedding", "samples")
		embedding(250, 1000)
		require.Equal(t, "embedding [█████░░░░░░░░░░░░░░░]  25 % 250 of 1000 samples\n", out.String())
		embedding(260, 1000)
		require.NotContains(t, out.String(), "260", "not ten times in a blink")
		c.Note("a note")
		time.Sleep(workDrawn)
		fetched := ofSomeCID(t)
		fetched.Op, fetched.Bytes = "fetch", 12_345_678
		c.moved(fetched)
		require.Contains(t, out.String(), "a note\n")
		require.Contains(t, out.String(), "fetching bafybei…55fbzdi 12.3 MB\n")
		c.moved(storage.Progress{Op: "add", Bytes: 1})
		out.Reset()
		embedding(1000, 1000)
		require.Contains(t, out.String(), "100 %")
		time.Sleep(workQuiet + time.Second)
		out.Reset()
		c.Progress("another", "bytes")(1, 0)
		require.Contains(t, out.String(), "another 1 bytes\n")
		require.NotContains(t, out.String(), "embedding", "it is done")
		require.NotContains(t, out.String(), "fetching", "it was quiet for long")
		out.Reset()
		stop()
		require.True(t, strings.HasSuffix(out.String(), "\x1b[J"), "%q", out.String())
		out.Reset()
		embedding(1, 2)
		require.Empty(t, out.String())
	})
}

// In a pipe nobody is told; as JSON it is an event a second, where the events are.
func TestProgressOffATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct{ json, daemon bool }{{false, false}, {true, false}, {true, true}} {
			var out, errs bytes.Buffer
			c := &Call{App: &App{Name: "decloud-test"}, Out: &out, Err: &errs, JSON: test.json, Env: quiet}
			if test.daemon {
				c.Teller()
			}
			stop := c.Working()
			for done := range 31 {
				c.Embedded(7, done, 100)
				time.Sleep(100 * time.Millisecond)
			}
			stop()
			told := errs.String()
			if test.daemon {
				told = out.String()
				require.Empty(t, errs.String())
			} else {
				require.Empty(t, out.String())
			}
			if !test.json {
				require.Empty(t, told)
				continue
			}
			lines := strings.Split(strings.TrimSpace(told), "\n")
			require.Len(t, lines, 3, "the first second is not told of")
			var e Event
			require.NoError(t, json.Unmarshal([]byte(lines[1]), &e))
			require.Equal(t, "progress", e.Kind)
			require.Equal(t, uint64(7), *e.Round)
			require.Equal(t, Work{What: "embedding", Done: 20, Total: 100, Unit: "samples"}, *e.Work)
		}
	})
}

func TestProgressOnTheBoard(t *testing.T) {
	var out bytes.Buffer
	c := &Call{App: &App{Name: "decloud-test"}, Out: &out, Err: &out, Env: quiet}
	now := time.Now()
	c.live = &liveView{board: live.Board{Started: now}}
	c.Embedded(7, 1, 4)
	sent := ofSomeCID(t)
	sent.Op, sent.Bytes = "push", 2000
	c.moved(sent)
	lines := strings.Join(c.live.board.Lines(time.Now(), false), "\n")
	require.Contains(t, lines, "[█████░░░░░░░░░░░░░░░]  25 % embedding 1 of 4 samples")
	require.Contains(t, lines, "\npublishing bafybei…55fbzdi 2.0 kB")
	require.NotContains(t, strings.Join(c.live.board.Lines(time.Now().Add(time.Minute), false), "\n"), "publishing")
}

func TestManyWorksAreBounded(t *testing.T) {
	var k works
	now := time.Now()
	for i := range 100 {
		k.note(Work{What: strings.Repeat("x", i+1)}, now)
	}
	require.Len(t, k.all, maxWorks)
}
