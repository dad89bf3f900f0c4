package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/internal/narrator"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// story tells what happens, a line each, as it happens.
type story struct {
	*narrator.Narrator
	mu      sync.Mutex
	verbose bool
	fail    func(error) // ends the launch
	names   map[solana.PublicKey]string
	paid    map[solana.PublicKey]uint64 // lamports that workers said they were paid
	claims  int                         // how often they said so
	events  map[string]int              // of a fair round, by kind
	slashes map[solana.PublicKey]int    // of others, by whose worker
	epochs  map[string][]chart.Point    // by trainer: the accuracy on its own data
	before  uint64                      // rounds that were there before, which are not the story's
}

func newStory(w io.Writer, verbose bool) *story {
	return &story{Narrator: narrator.New(w), verbose: verbose, names: map[solana.PublicKey]string{}, paid: map[solana.PublicKey]uint64{},
		epochs: map[string][]chart.Point{}, events: map[string]int{}, slashes: map[solana.PublicKey]int{}}
}

// detail is told with -v only.
func (s *story) detail(who, format string, args ...any) {
	if s.verbose {
		s.Tell(who, "  "+format, args...)
	}
}

// abort ends the launch: on one's own machine nothing should go wrong.
func (s *story) abort(who string, err error) {
	s.Tell(who, "failed: %+v", err)
	s.fail(fmt.Errorf("%s: %w", who, err))
}

// book adds up what a worker was paid.
func (s *story) book(p *player, lamports uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paid[p.wallet.PublicKey()] += lamports
	s.claims++
}

// paidTo is what a worker said it was paid so far.
func (s *story) paidTo(wallet solana.PublicKey) (lamports uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paid[wallet]
}

// claimed counts the payments that all workers have reported.
func (s *story) claimed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claims
}

func (s *story) name(key solana.PublicKey) string {
	if name, ok := s.names[key]; ok {
		return name
	}
	return key.String()
}

// ofTrainer tells what a trainer's worker reports.
func (s *story) ofTrainer(p *player) func(trainer.Event) {
	return func(e trainer.Event) {
		if e.HasRound && e.RoundID < s.before {
			return
		}
		switch e.Kind {
		case trainer.EventAccepted:
			s.Tell(p.name, "takes round %d, fetches the model and embeds %d private digits", e.RoundID, p.data.Len())
		case trainer.EventTraining:
			if e.Progress.Batch == e.Progress.Batches {
				s.trained(p, e.Progress.Epoch, e.Progress.Accuracy)
				s.Tell(p.name, "epoch %d/%d: loss %.3f, accuracy on own data %.1f %%", e.Progress.Epoch, e.Progress.Epochs,
					e.Progress.Loss, 100*e.Progress.Accuracy)
			}
		case trainer.EventSubmitted:
			s.Tell(p.name, "publishes the trained head and submits it")
			s.detail(p.name, "%s, transaction %s", e.CID, e.Signature)
		case trainer.EventClaimed:
			s.book(p, e.Lamports)
			s.Tell(p.name, "claims %s SOL and stands at %s", chain.FormatSOL(e.Lamports), e.Rating)
			s.detail(p.name, "transaction %s", e.Signature)
		case trainer.EventRefused, trainer.EventFailed:
			s.abort(p.name, e.Err)
		case trainer.EventTrained:
		}
	}
}

// ofValidator tells what a validator's worker reports.
func (s *story) ofValidator(p *player) func(validator.Event) {
	return func(e validator.Event) {
		if e.HasRound && e.RoundID < s.before {
			return
		}
		switch e.Kind {
		case validator.EventBase:
			s.Tell(p.name, "scores the base head: %s", rating.FormatAccuracy(e.Score.Accuracy))
		case validator.EventGradient:
			s.Tell(p.name, "scores %s's head: %s%s", s.name(e.Trainer), rating.FormatAccuracy(e.Score.Accuracy), remark(e.Score))
		case validator.EventClaimed:
			s.book(p, e.Lamports)
			s.detail(p.name, "claims %s SOL", chain.FormatSOL(e.Lamports))
		case validator.EventRefused, validator.EventFailed:
			s.abort(p.name, e.Err)
		}
		if e.Signature != "" {
			s.detail(p.name, "transaction %s", e.Signature)
		}
	}
}

// trained notes how a trainer's training goes.
func (s *story) trained(p *player, epoch int, accuracy float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epochs[p.name] = append(s.epochs[p.name], chart.Point{X: float64(epoch), Y: accuracy})
}

// training is how all trainings went, a curve each.
func (s *story) training() (all []chart.Curve) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.epochs)) {
		all = append(all, chart.Curve{Name: name, Points: s.epochs[name]})
	}
	return all
}

func remark(s validator.Score) string {
	if s.Reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", s.Verdict, s.Reason)
}
