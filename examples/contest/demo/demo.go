// Package demo tells a contest of data on a local chain: six miners, three validators, epochs one after the other. Three miners
// are honest, with more, less and worse data; one submits what is about something else, one what another has submitted, and
// one the test itself. It is about digits, or about conversations, with a language model. With a sealed test for the second
// epoch, one submits the public test with noise in it.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/decloud-sdk/decloud-go/examples/internal/narrator"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// Options of a demonstration.
type Options struct {
	Task   string // what the contest is about: see Tasks; default the first
	Epochs int    // default 2
	// Holdout plays two contests of an epoch each: the first with a public test, the second with a sealed one, too.
	Holdout bool
	Seed    uint64    // of the miners' parts of the data
	JSON    io.Writer // gets the report as one JSON object; nil: nobody
	SVG     string    // file that gets the score of each submission by epoch; empty: none
	Out     io.Writer // gets the story
}

// patience is how long the whole may take before it counts as stuck.
const patience = 10 * time.Minute

// Run plays the contest. It fails if anything about it is off.
func Run(ctx context.Context, o Options) (err error) {
	if o.Epochs == 0 {
		o.Epochs = 2
	}
	if o.Holdout && o.Epochs != 2 {
		return errors.New("the contest with a sealed test is the second of two, of an epoch each: leave out the number of epochs")
	}
	subject, err := subjectOf(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the contest is not over after %s", patience))
	defer cancel()
	root, err := os.MkdirTemp("", "decloud-contest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	net, err := localnet.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.Close()) }()
	s := &stage{Options: o, subject: subject, cast: castOf(o), net: net, root: root, story: narrator.New(o.Out), names: names{}, told: map[verdictKey]verdict{}}
	r, err := s.play(ctx)
	if err != nil {
		return err
	}
	r.Seconds = s.story.Elapsed().Seconds()
	r.writeTables(o.Out)
	if o.SVG != "" {
		if err := r.draw(o.SVG); err != nil {
			return err
		}
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
