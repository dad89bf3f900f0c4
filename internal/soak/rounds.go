package main

import (
	"context"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// rounds opens many rounds about a package that nobody has, of which some stay active, measures looks at them, and has a
// validator find one that can be fetched among them.
func (s *stage) rounds(ctx context.Context, n, active int) error {
	creator, err := s.player("creator")
	if err != nil {
		return err
	}
	for i := range n {
		id, _, err := creator.Rounds.CreateRound(ctx, round.Spec{ModelCID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
			Dataset: round.Dataset(dataset.Mnist), Reward: chain.LamportsPerSOL / 10})
		if err == nil && i < n-active {
			_, err = creator.Rounds.CancelRound(ctx, id)
		}
		if err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}
	s.say("%d rounds, %d of them active", n, active)
	if err := s.look(ctx, active); err != nil {
		return err
	}
	return s.scoreAmong(ctx)
}

// look measures the looks of a tracker.
func (s *stage) look(ctx context.Context, active int) error {
	p, err := s.player("looker")
	if err != nil {
		return err
	}
	tracker := p.Rounds.Track(round.Track{})
	for i := range 3 {
		start := time.Now()
		look, err := tracker.Look(ctx)
		if err != nil {
			return err
		}
		s.say("look %d: %d rounds in %s", i+1, len(look.Rounds), time.Since(start).Round(time.Millisecond))
		if len(look.Rounds) < active {
			return fmt.Errorf("a look showed %d rounds of %d", len(look.Rounds), active)
		}
	}
	return nil
}

// scoreAmong has a validator find and score a round that can be fetched among all those that cannot.
func (s *stage) scoreAmong(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	c := &crowd{stage: s, errs: make(chan error, 1), quiet: true}
	defer c.running.Wait()
	defer stop()
	if err := c.validator(ctx, 0); err != nil {
		return err
	}
	if _, err := c.until(ctx, func() bool { return c.of("failed") > 16 }); err != nil {
		return err
	}
	honest, err := s.player("honest")
	if err != nil {
		return err
	}
	start := time.Now()
	if _, err := s.launch(ctx, honest); err != nil {
		return err
	}
	most, err := c.until(ctx, func() bool { return c.of("base") > 0 })
	if err != nil {
		return err
	}
	s.say("a round that can be fetched was scored %s after its launch; %d goroutines at most; peak %d MiB",
		time.Since(start).Round(time.Millisecond), most, peak())
	return nil
}
