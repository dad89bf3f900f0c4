package view

import (
	"context"
	"errors"
	"fmt"
	"sync"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

// ErrUnknown says that what was asked for is not on the chain, or is no name of anything.
var ErrUnknown = errors.New("not found")

// Reader reads a chain. Rounds or Runs may be nil: then that program is not shown. It is safe for concurrent use.
type Reader struct {
	Chain  *chain.Client
	Rounds *round.Client
	Runs   *run.Client

	curves   curves
	contests contests
	results  decloud.StandingsReader // of contests; use standings
	once     sync.Once
}

// standings reads the results of contests, and remembers what of them does not change.
func (r *Reader) standings() *decloud.StandingsReader {
	r.once.Do(func() { r.results.Client = &decloud.Client{Chain: r.Chain, Rounds: r.Rounds} })
	return &r.results
}

// unknown makes of a missing account an error that says what is not there.
func unknown(err error, format string, args ...any) error {
	if errors.Is(err, chain.ErrNotFound) {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrUnknown)
	}
	return err
}

// Chain says which chain it is, and how far.
type Chain struct {
	Network      string `json:"network"`
	RoundProgram string `json:"round_program,omitempty"`
	RunProgram   string `json:"run_program,omitempty"`
	Slot         uint64 `json:"slot"`
	Time         string `json:"time"` // of the chain's clock
}

func (r *Reader) chain(ctx context.Context) (Chain, error) {
	slot, err := r.Chain.Slot(ctx)
	if err != nil {
		return Chain{}, err
	}
	now, err := r.Chain.Now(ctx)
	if err != nil {
		return Chain{}, err
	}
	c := Chain{Network: r.Chain.Network().Name, Slot: slot, Time: now.UTC().Format("2006-01-02T15:04:05Z")}
	if r.Rounds != nil {
		c.RoundProgram = r.Rounds.Addresses().Program.String()
	}
	if r.Runs != nil {
		c.RunProgram = r.Runs.Addresses().Program.String()
	}
	return c, nil
}
