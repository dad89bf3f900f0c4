package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	prize = chain.LamportsPerSOL
	// maxOpen bounds the rounds that are not settled: the machine, and not the workers, is what many of them would test.
	maxOpen = 10
	// launchEvery is the pause between two rounds, on average.
	launchEvery = 6 * time.Second
	// longEnough is how long a creator waits for all trainers; then those who have submitted have to do.
	longEnough = 4 * time.Minute
	// gone is how long a round lasts whose creator never comes back: its workers have to finalize it.
	gone = 3 * time.Minute
)

// launchAll opens rounds until ctx ends.
func (s *soak) launchAll(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(s.cfg.Seed, 1))
	for n := uint64(0); ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Duration((0.5 + rng.Float64()) * float64(launchEvery))):
		}
		e := s.current()
		if e == nil || e.unsettled() >= maxOpen {
			continue
		}
		creator, leaves, ghost := e.rounds[rng.IntN(creators)], rng.IntN(6) == 0 && s.cfg.Time > gone, rng.IntN(6) == 0
		e.playing.Go(func() {
			play := s.play
			if ghost {
				play = s.haunt
			}
			if err := play(e, creator, n, leaves); err != nil && e.ctx.Err() == nil {
				s.tally.fault("a creator failed: %v", err)
			}
		})
	}
}

// options are a round's terms. One whose creator leaves has a deadline soon.
func options(ctx context.Context, creator *decloud.Client, quorum uint8, leaves bool) (*round.Options, error) {
	p, err := creator.Rounds.Parameters(ctx)
	if err != nil {
		return nil, err
	}
	now, err := creator.Chain.Now(ctx)
	if err != nil {
		return nil, err
	}
	o := p.Options(now)
	o.MinPrevalidations, o.MinPostvalidations = quorum, quorum
	if leaves {
		o.Deadline, o.ValidationWindow, o.BaseWindow = now.Add(gone), gone/2, 0
	}
	return &o, nil
}

// play launches a round about a package of its own and follows it until everything is paid.
func (s *soak) play(e *era, creator *decloud.Client, n uint64, leaves bool) error {
	base, err := model()
	if err != nil {
		return err
	}
	pkg := *base
	pkg.Config.Seed = s.cfg.Seed<<32 + n + 1
	o, err := options(e.ctx, creator, s.cfg.Quorum, leaves)
	if err != nil {
		return err
	}
	launched, err := creator.Launch(e.ctx, decloud.LaunchOptions{Package: &pkg, Reward: prize, Terms: &decloud.Terms{Options: *o}})
	if err != nil {
		return err
	}
	s.tally.add("rounds launched", 1)
	e.book(1)
	defer e.book(-1)
	return s.follow(e, creator, launched.RoundID, leaves)
}

func (e *era) book(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open += n
}

// follow finalizes a round, unless its creator has left, and checks its books once everybody was paid.
func (s *soak) follow(e *era, creator *decloud.Client, id uint64, leaves bool) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		r, err := creator.Rounds.Round(e.ctx, id)
		if err != nil {
			return err
		}
		switch {
		case r.Status == round.Active && !leaves && s.isDone(r):
			_, err = creator.Rounds.FinalizeRound(e.ctx, id)
		case r.Status == round.Finalized:
			var settled bool
			if settled, err = s.settle(e, creator, r); settled {
				s.tally.add("rounds settled", 1)
				if leaves {
					s.tally.add("rounds settled without their creators", 1)
				}
				return err
			}
		}
		if err != nil {
			return err
		}
		select {
		case <-e.ctx.Done():
			return e.ctx.Err()
		case <-tick.C:
		}
	}
}

// isDone reports whether everybody has submitted, or had the time to, and everything has its scores.
func (s *soak) isDone(r *round.Round) bool {
	all := int(r.Gradients) == s.cfg.Trainers || r.Gradients > 0 && time.Since(r.CreatedAt) > longEnough
	return all && r.UnvalidatedGradients == 0 && r.Prevalidations >= s.cfg.Quorum
}

// haunt opens a round about a package that nobody has, which pays more than others, and takes it back.
func (s *soak) haunt(e *era, creator *decloud.Client, n uint64, _ bool) error {
	id, _, err := creator.Rounds.CreateRound(e.ctx, round.Spec{ModelCID: ghostOf(n), Dataset: round.Dataset(dataset.Mnist), Reward: prize + 1})
	if err != nil {
		return err
	}
	s.tally.add("ghost rounds", 1)
	select {
	case <-e.ctx.Done():
		return nil
	case <-time.After(time.Minute):
	}
	if _, err = creator.Rounds.CancelRound(e.ctx, id); err != nil {
		return fmt.Errorf("taking back ghost round %d: %w", id, err)
	}
	return nil
}
