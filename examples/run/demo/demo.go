// Package demo tells a whole run on a local chain: six members with disjoint shares
// of real digits improve one model; one drops out, one sends junk, one copies, one
// joins late, and the authority pauses and resumes.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/internal/narrator"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

// Options of a demonstration.
type Options struct {
	Verification run.Verification
	Seed         uint64    // of shares and the first model
	JSON         io.Writer // gets the report as one JSON object; nil: nobody
	Report       string    // .html or .svg file of what the run came to; empty: none
	Out          io.Writer // gets the story
}

// patience is how long the whole may take before it counts as stuck.
const patience = 3 * time.Minute

// Run plays the run. It fails if anything about it is off.
func Run(ctx context.Context, o Options) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the run is not over after %s", patience))
	defer cancel()
	root, err := os.MkdirTemp("", "decloud-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	net, err := localnet.Start(localnet.WithSlotTime(50 * time.Millisecond))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.Close()) }()
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return err
	}
	s := &stage{Options: o, net: net, root: root, digits: digits, story: narrator.New(o.Out), shares: map[string]dataset.Dataset{}, totals: totals{}, wallets: map[string]solana.PublicKey{}}
	r, err := s.play(ctx)
	if err != nil {
		return err
	}
	r.Seconds = s.story.Elapsed().Seconds()
	r.writeTable(o.Out)
	if err := chart.Write(o.Report, r.page()); err != nil {
		return err
	}
	if o.JSON != nil {
		e := json.NewEncoder(o.JSON)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return r.check()
}
