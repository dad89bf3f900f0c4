package view

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// Measured is what the voters of a round measured of the model that it made.
type Measured struct {
	Round    uint32 `json:"round"`
	Accuracy uint16 `json:"accuracy"` // the median of those that were revealed; the lower of two
}

// Bounds on what is read of the past, and kept of it.
const (
	curveTime   = 4 * time.Second // for one look
	maxReceipts = 500             // transactions that one look reads
	maxPoints   = 2000            // rounds of a run
	maxCurves   = 16              // runs that are remembered
)

// curves remembers what was read of the past of runs, so that each look reads what is new alone.
type curves struct {
	mu  sync.Mutex
	all map[solana.PublicKey]*curve
}

type curve struct {
	mu      sync.Mutex
	created uint64 // of the run, slot
	last    solana.Signature
	votes   map[uint32][]uint16 // by round
}

// of returns the accuracies of a run that the program's events tell. They are hints: what the node does not keep is left out.
func (c *curves) of(ctx context.Context, runs *run.Client, r *run.Run) []Measured {
	one := c.curve(r)
	one.mu.Lock()
	defer one.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, curveTime)
	defer cancel()
	one.read(ctx, runs, r)
	return one.points()
}

// curve is what is remembered of a run. Runs do not wait for each other: a look at one may take its time.
func (c *curves) curve(r *run.Run) *curve {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.all[r.Address]
	if one == nil || one.created != r.CreatedSlot {
		if c.all == nil || len(c.all) >= maxCurves {
			c.all = map[solana.PublicKey]*curve{}
		}
		one = &curve{created: r.CreatedSlot, votes: map[uint32][]uint16{}}
		c.all[r.Address] = one
	}
	return one
}

func (c *curve) read(ctx context.Context, runs *run.Client, r *run.Run) {
	first, n := solana.Signature{}, 0
	for receipt, err := range runs.Events(ctx, r.ID, chain.History{Since: c.last}) {
		if err != nil || n >= maxReceipts {
			break // what was read so far is shown; the rest is not asked for again
		}
		if n++; first.IsZero() {
			first = receipt.Signature
		}
		for _, e := range receipt.Events {
			if v, is := e.(run.VoteRevealed); is && receipt.Slot >= c.created {
				c.votes[v.Round] = append(c.votes[v.Round], v.Accuracy)
			}
		}
	}
	if !first.IsZero() {
		c.last = first
	}
}

// points are the medians by round, the newest maxPoints.
func (c *curve) points() []Measured {
	all := []Measured{}
	for number, votes := range c.votes {
		slices.Sort(votes)
		all = append(all, Measured{number, votes[(len(votes)-1)/2]})
	}
	slices.SortFunc(all, func(a, b Measured) int { return int(a.Round) - int(b.Round) })
	if drop := len(all) - maxPoints; drop > 0 {
		for _, p := range all[:drop] {
			delete(c.votes, p.Round)
		}
		all = all[drop:]
	}
	return all
}
