package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/examples/internal/live"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Work is how far a long piece of work is, as --json tells it: in events of the kind
// "progress", of a daemon among its others, of other commands on the standard error.
type Work struct {
	What  string `json:"what"` // such as "fetching bafy…"
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"` // 0: nobody knows
	Unit  string `json:"unit"`            // bytes or samples
}

// text is how far it is, for people.
func (w Work) text() string {
	switch {
	case w.Unit == "bytes" && w.Total > 0:
		return size(w.Done) + " of " + size(w.Total)
	case w.Unit == "bytes":
		return size(w.Done)
	case w.Total > 0:
		return fmt.Sprintf("%d of %d %s", w.Done, w.Total, w.Unit)
	}
	return fmt.Sprintf("%d %s", w.Done, w.Unit)
}

// part that is done, 0 … 1; negative where the total is not known.
func (w Work) part() float64 {
	if w.Total <= 0 {
		return -1
	}
	return float64(w.Done) / float64(w.Total)
}

func (w Work) line() string {
	if p := w.part(); p >= 0 {
		return fmt.Sprintf("%s %s %s", w.What, live.Bar(p, 20), w.text())
	}
	return w.What + " " + w.text()
}

// size is a number of bytes for people.
func size(n int64) string {
	for _, unit := range []string{"GB", "MB", "kB"} {
		if each := map[string]int64{"GB": 1e9, "MB": 1e6, "kB": 1e3}[unit]; n >= each {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(each), unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// How often progress is told of as JSON and drawn, and after what time without news a line
// about it goes away.
const (
	workTold  = time.Second
	workDrawn = 100 * time.Millisecond
	workQuiet = 3 * time.Second
	maxWorks  = 8 // at a time
)

// works are the pieces of work that are going on.
type works struct {
	mu     sync.Mutex
	screen *live.Screen // nil: they are not drawn
	all    []going
	drawn  time.Time
}

type going struct {
	Work
	at, told time.Time
}

// Progress returns what tells how far long work is: as a bar in place where [Call.Working]
// draws, among a daemon's events or on the standard error as JSON, and nowhere in a pipe. It
// may be called from several goroutines.
func (c *Call) Progress(what, unit string) func(done, total int64) {
	return func(done, total int64) { c.progressed(nil, Work{What: what, Done: done, Total: total, Unit: unit}) }
}

// Embedded tells how far the embeddings of a round are; it fits the workers' OnEmbed.
func (c *Call) Embedded(round uint64, done, total int) {
	c.progressed(&round, Work{What: "embedding", Done: int64(done), Total: int64(total), Unit: "samples"})
}

// moved tells of bytes that a store fetches or sends.
func (c *Call) moved(p storage.Progress) {
	verb, ok := map[string]string{"fetch": "fetching", "push": "publishing"}[p.Op]
	if ok {
		c.progressed(nil, Work{What: verb + " " + shorten(p.CID.String(), 15), Done: p.Bytes, Unit: "bytes"})
	}
}

// Working draws progress at the lower end of the terminal until the function that it returns is
// called. Nothing may be asked meanwhile.
func (c *Call) Working() (stop func()) {
	c.works.mu.Lock()
	drawn := c.works.screen != nil
	c.works.mu.Unlock()
	if drawn || c.live != nil {
		return func() {} // the caller shows it, or the board
	}
	screen := c.Screen()
	if screen == nil {
		return func() {}
	}
	c.works.mu.Lock()
	c.works.screen = screen
	c.works.mu.Unlock()
	return func() {
		c.works.mu.Lock()
		c.works.screen = nil
		c.works.mu.Unlock()
		_ = screen.End(false) // there is nowhere else to say it
	}
}

func (c *Call) progressed(round *uint64, w Work) {
	if c.live != nil {
		c.live.work(round, w)
		return
	}
	c.works.mu.Lock()
	defer c.works.mu.Unlock()
	if !c.JSON && c.works.screen == nil {
		return
	}
	now := time.Now()
	g := c.works.note(w, now)
	switch {
	case c.JSON && now.Sub(g.told) >= workTold:
		g.told = now
		c.tellWork(Event{Time: now, Kind: "progress", Round: round, Work: &w, Text: Plain(w.What + ": " + w.text())})
	case c.works.screen != nil && (now.Sub(c.works.drawn) >= workDrawn || w.Done == w.Total):
		c.works.drawn = now
		var lines []string
		for _, g := range c.works.all {
			lines = append(lines, Plain(g.line()))
		}
		_ = c.works.screen.Draw(lines) // there is nowhere else to say it
	}
}

// note keeps how far a piece of work is; what is done, or was quiet for long, goes away.
func (k *works) note(w Work, now time.Time) *going {
	k.all = slices.DeleteFunc(k.all, func(g going) bool {
		return g.What != w.What && (now.Sub(g.at) > workQuiet || g.Total > 0 && g.Done >= g.Total)
	})
	for i := range k.all {
		if g := &k.all[i]; g.What == w.What {
			g.Work, g.at = w, now
			return g
		}
	}
	if len(k.all) == maxWorks {
		k.all = slices.Delete(k.all, 0, 1)
	}
	k.all = append(k.all, going{w, now, now}) // short work is not told of
	return &k.all[len(k.all)-1]
}

// tellWork tells of progress as JSON: where the other events go, or else beside the result.
func (c *Call) tellWork(e Event) {
	c.telling.Lock()
	defer c.telling.Unlock()
	out := c.Err
	if c.streams {
		out = c.Out
	}
	text, err := json.Marshal(e)
	if err == nil {
		_, _ = fmt.Fprintln(out, strings.TrimSpace(string(text))) // there is nowhere else to say it
	}
}
