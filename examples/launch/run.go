package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

type options struct {
	json, verbose bool
	fair          bool
	seed          uint64
	keep          string
	report        string // .html or .svg file of the report; empty: none
	// A chain that runs already, where rpc is set.
	rpc, ws string
	program solana.PublicKey
	payer   string // key file; empty: the chain's faucet pays
	// spoil, in tests, tampers with what validators and trainers read.
	spoil func(storage.Fetcher) storage.Fetcher
}

const (
	prize = 1_000_000_000 // lamports
	// patience is how long the whole may take before it counts as stuck.
	patience = 5 * time.Minute
)

// training is how each trainer trains; the seed is its own.
var training = fit.Options{Epochs: 5, BatchSize: 32, LearningRate: 0.001}

// run plays the round. It fails if anything about it is off.
func run(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the round is not over after %s", patience))
	defer cancel()
	root, cleanup, err := workspace(o.keep)
	if err != nil {
		return err
	}
	defer cleanup()
	s := newStory(stderr, o.verbose)

	net, err := openChain(o, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.close()) }()

	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return err
	}
	assemble := newCast
	if o.fair {
		assemble = newFairCast
	}
	players, err := assemble(net, root, digits, o)
	if err != nil {
		return err
	}
	defer players.close()
	start := map[solana.PublicKey]uint64{}
	for _, p := range players.all() {
		s.names[p.wallet.PublicKey()] = p.name
		start[p.wallet.PublicKey()] = net.pocket[p.role]
	}
	if err := net.fund(ctx, start); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.sweep(ctx, players)) }()
	var r outcome
	if o.fair {
		r, err = playFair(ctx, s, net, players, digits, o.seed)
	} else {
		s.Tell("chain", "an open round: whoever sees a submission can copy it, and many wallets can decide; --fair shows one in which neither pays")
		r, err = play(ctx, s, net, players, digits, o.seed)
	}
	if err != nil {
		return err
	}
	r.finish(o.seed, s.Elapsed())
	r.writeTable(stderr)
	if o.keep != "" {
		fmt.Fprintln(stderr, "kept in", root)
	}
	if err := chart.Write(o.report, r.page(s.training())); err != nil {
		return err
	}
	if o.json {
		if err := writeJSON(stdout, r); err != nil {
			return err
		}
	}
	return r.check()
}

// outcome is what a round came to.
type outcome interface {
	finish(seed uint64, took time.Duration)
	writeTable(w io.Writer)
	page(training []chart.Curve) chart.Page
	check() error // what is off about it
}

// play runs the workers beside the creator, and stops them when the creator is
// done.
func play(ctx context.Context, s *story, net *venue, players cast, digits dataset.Sets, seed uint64) (*report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel(nil)
	s.fail = cancel
	counter, err := players.creator.client.Rounds.Counter(ctx)
	if err != nil {
		return nil, err
	}
	s.before = counter.Count
	start := func(p *player, work func(context.Context) error) {
		workers.Go(func() {
			if err := work(ctx); err != nil {
				cancel(fmt.Errorf("%s: %w", p.name, err))
			}
		})
	}
	for _, p := range players.validators {
		start(p, func(ctx context.Context) error {
			return p.client.Validate(ctx, validator.Config{
				Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: p.data}, Poll: net.poll, Observer: s.ofValidator(p),
				Policy: validator.Policy{Veto: players.othersRounds},
			})
		})
	}
	for i, p := range players.trainers {
		var private dataset.Dataset = p.data
		if p.name == "mallory" {
			private = flipped{p.data, p.data.Classes()}
		}
		opts := training
		opts.Seed = seed*100 + uint64(i)
		start(p, func(ctx context.Context) error {
			return p.client.Train(ctx, trainer.Config{
				Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: private}, Training: opts, Poll: net.poll, Observer: s.ofTrainer(p),
				Policy: trainer.Policy{Veto: players.othersRounds},
			})
		})
	}
	r, err := create(ctx, s, net, players, digits)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // what it all comes from
	}
	return &r, err
}

// othersRounds keeps workers out of rounds of other creators, which a chain of somebody's may have.
func (c cast) othersRounds(r *round.Round) error {
	if r.Creator != c.creator.wallet.PublicKey() {
		return errors.New("it is another creator's")
	}
	return nil
}

// workspace is the directory that everything is kept in: a new one of the
// caller's, or a temporary one.
func workspace(keep string) (dir string, cleanup func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "decloud-launch-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(keep); err != nil {
		return "", nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("--keep needs a directory that does not exist yet: %w", err)
	}
	return dir, func() {}, nil
}
