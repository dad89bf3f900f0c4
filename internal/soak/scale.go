package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// crowd are workers that run in this process.
type crowd struct {
	*stage
	running sync.WaitGroup
	events  sync.Map // kind → *atomic.Int64
	errs    chan error
	quiet   bool // failures are expected
}

func (c *crowd) count(kind string, err error) {
	n, _ := c.events.LoadOrStore(kind, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	if kind == "failed" && !c.quiet {
		fmt.Println("  failed:", err)
	}
}

func (c *crowd) of(kind string) int64 {
	n, ok := c.events.Load(kind)
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

// scale runs one round from its launch to the last claim.
func (s *stage) scale(ctx context.Context, trainers, validators int) error {
	ctx, stop := context.WithCancel(ctx)
	c := &crowd{stage: s, errs: make(chan error, trainers+validators)}
	defer c.running.Wait()
	defer stop()
	creator, err := s.player("creator")
	if err != nil {
		return err
	}
	for i := range validators {
		if err := c.validator(ctx, i); err != nil {
			return err
		}
	}
	for i := range trainers {
		if err := c.trainer(ctx, i); err != nil {
			return err
		}
	}
	began := time.Now()
	id, err := s.launch(ctx, creator)
	if err != nil {
		return err
	}
	most, err := c.until(ctx, func() bool {
		r, err := creator.Rounds.Round(ctx, id)
		return err == nil && int(r.Gradients) == trainers && int(r.Validations)-int(r.Prevalidations) == trainers*validators
	})
	if err != nil {
		return err
	}
	s.say("%d submissions scored by %d validators each, %.1f s after the launch", trainers, validators, time.Since(began).Seconds())
	if _, err := creator.Rounds.FinalizeRound(ctx, id); err != nil {
		return err
	}
	more, err := c.until(ctx, func() bool {
		open, err := creator.Rounds.Gradients(ctx, id, round.Unclaimed())
		vault, errVault := creator.Rounds.Vault(ctx, id)
		return err == nil && errVault == nil && len(open) == 0 && int(vault.ValidatorClaims) >= trainers*validators
	})
	if err != nil {
		return err
	}
	workers := trainers + validators
	s.say("all claimed, %.1f s after the launch; %d goroutines at most, %.1f a worker; %d failures; peak %d MiB",
		time.Since(began).Seconds(), max(most, more), float64(max(most, more))/float64(workers), c.of("failed"), peak())
	return nil
}

// until waits for something, and returns the most goroutines that were seen.
func (c *crowd) until(ctx context.Context, done func() bool) (most int, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		most = max(most, runtime.NumGoroutine())
		select {
		case <-ctx.Done():
			return most, context.Cause(ctx)
		case err := <-c.errs:
			return most, errors.Join(errors.New("a worker ended"), err)
		case <-tick.C:
		}
	}
	return most, nil
}

func (c *crowd) start(ctx context.Context, run func(context.Context) error) {
	c.running.Go(func() {
		if err := run(ctx); err != nil || ctx.Err() == nil {
			c.errs <- err
		}
	})
}

func (c *crowd) trainer(ctx context.Context, i int) error {
	p, err := c.player(fmt.Sprint("trainer-", i))
	if err != nil {
		return err
	}
	c.start(ctx, func(ctx context.Context) error {
		return p.Train(ctx, trainer.Config{Poll: poll, Locks: p.Dir, Training: fit.Options{Epochs: 1, Seed: uint64(i + 1), MaxBatches: 10, Threads: 1},
			Data:     map[dataset.ID]dataset.Dataset{dataset.Mnist: c.digits.Train},
			Observer: func(e trainer.Event) { c.count(string(e.Kind), e.Err) }})
	})
	return nil
}

func (c *crowd) validator(ctx context.Context, i int) error {
	p, err := c.player(fmt.Sprint("validator-", i))
	if err != nil {
		return err
	}
	c.start(ctx, func(ctx context.Context) error {
		return p.Validate(ctx, validator.Config{Poll: poll, Locks: p.Dir,
			Data:     map[dataset.ID]dataset.Dataset{dataset.Mnist: c.digits.Test},
			Observer: func(e validator.Event) { c.count(string(e.Kind), e.Err) }})
	})
	return nil
}

// poll is the pause between two looks of a worker.
const poll = time.Second
