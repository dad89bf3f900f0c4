package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/live"
	"github.com/decloud-sdk/decloud-go/round"
)

// liveView is a daemon's board at the lower end of the terminal.
type liveView struct {
	screen *live.Screen
	color  bool

	mu    sync.Mutex
	board live.Board
}

// How often the board is drawn, and the rounds on it are read.
const (
	liveDraw = time.Second
	liveRead = 15 * time.Second
)

// Screen is the lower end of the terminal that the output goes to; nil: it goes to none.
// From then on, results and notes scroll by above it.
func (c *Call) Screen() *live.Screen {
	if _, _, ok := c.terminal(); !ok {
		return nil
	}
	s := live.New(c.Out, c.console.Size)
	c.Out, c.Err = s.Above(c.Out), s.Above(c.Err)
	if more, ok := c.console.(screened); ok {
		more.Above(s.Above)
	}
	return s
}

// Colors reports whether colors are welcome in what goes to the terminal.
func (c *Call) Colors() bool {
	_, color, ok := c.terminal()
	return ok && color
}

// Live shows what a daemon is at, on a terminal, until the function that it returns is
// called. mine lists rounds to begin with; nil: those that are told of.
func (c *Call) Live(ctx context.Context, rounds *round.Client, mine func(context.Context) ([]*round.Round, error)) (stop func()) {
	color := c.Colors()
	screen := c.Screen()
	if screen == nil {
		return func() {}
	}
	title := fmt.Sprintf("%s %s on %s", c.App.Name, shorten(rounds.Wallet().String(), minShort), rounds.Chain().Network().Name)
	v := &liveView{screen: screen, color: color, board: live.Board{Title: title, Started: time.Now()}}
	c.live = v
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { every(ctx, liveDraw, v.draw) })
	wg.Go(func() { every(ctx, liveRead, func() { v.read(ctx, rounds, mine) }) })
	return func() {
		cancel()
		wg.Wait()
		_ = screen.End(false) // there is nowhere else to say it
	}
}

// every does something at once and then again and again.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (v *liveView) draw() {
	v.mu.Lock()
	lines := v.board.Lines(time.Now(), v.color)
	v.mu.Unlock()
	_ = v.screen.Draw(lines)
}

// read looks how the rounds on the board stand. What cannot be read now stays as it was.
func (v *liveView) read(ctx context.Context, rounds *round.Client, mine func(context.Context) ([]*round.Round, error)) {
	chainNow, err := rounds.Chain().Now(ctx)
	if err != nil {
		return
	}
	if mine != nil {
		all, err := mine(ctx)
		if err != nil {
			return
		}
		for _, r := range all {
			v.stands(r, chainNow, true)
		}
	}
	v.mu.Lock()
	ids := v.board.IDs()
	v.mu.Unlock()
	for _, id := range ids {
		r, err := rounds.Round(ctx, id)
		switch {
		case err == nil:
			v.stands(r, chainNow, false)
		case errors.Is(err, chain.ErrNotFound): // closed
			v.mu.Lock()
			v.board.Drop(id)
			v.mu.Unlock()
		}
	}
}

// stands notes how a round stands; fresh puts it on the board.
func (v *liveView) stands(r *round.Round, chainNow time.Time, fresh bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !fresh && !v.board.Has(r.ID) || r.Version != round.Version {
		return
	}
	now := time.Now()
	row := v.board.Row(r.ID, now)
	row.Dataset, row.Phase = dataset.ID(r.Dataset).String(), string(r.Phase(chainNow))
	row.Ends = time.Time{}
	if phase := r.Phase(chainNow); phase.Active() {
		ends := r.Options.Deadline
		if phase == round.PhaseWaiting || phase == round.PhaseTraining || phase == round.PhaseFull {
			ends = r.SubmissionsClose()
		}
		row.Ends = now.Add(ends.Sub(chainNow)) // by this machine's clock, whatever the chain's is
	}
}

// see takes what is told into the board.
func (v *liveView) see(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.Lamports != nil {
		v.board.Lamports += *e.Lamports
	}
	if e.Rating > 0 {
		stars := Stars(e.Rating)
		v.board.Rating = stars.String()
	}
	if e.Accuracy != nil {
		v.board.Measured(float64(*e.Accuracy) / 10_000)
	}
	if e.Round == nil || e.Kind == "refused" {
		return
	}
	row := v.board.Row(*e.Round, time.Now())
	row.Doing, row.Part = e.Kind, -1
	if p := e.Progress; p != nil {
		row.Doing = fmt.Sprintf("epoch %d/%d, %.1f %% right", p.Epoch, p.Epochs, 100*p.Accuracy)
		row.Part = p.part()
		if p.Batch == p.Batches {
			v.board.Measured(p.Accuracy)
		}
	}
}

// work takes how far a piece of work is into the board.
func (v *liveView) work(round *uint64, w Work) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if round == nil {
		v.board.Working(w.What, Plain(w.line()), time.Now())
		return
	}
	row := v.board.Row(*round, time.Now())
	row.Doing, row.Part = w.What+" "+w.text(), w.part()
}
