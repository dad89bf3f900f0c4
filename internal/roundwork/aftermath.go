package roundwork

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// Aftermath remembers in which finalized rounds there may be outliers to slash and ratings to settle, and which may be
// closed. It is safe for
// concurrent use; the zero value is empty.
type Aftermath struct {
	mu      sync.Mutex
	pending map[round.Step]bool
}

// Add adds a round that is over.
func (a *Aftermath) Add(id uint64, kinds ...round.StepKind) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		a.pending = map[round.Step]bool{}
	}
	for _, kind := range kinds {
		a.pending[round.Step{Kind: kind, RoundID: id}] = true
	}
}

// Steps are those to take, by kind and round.
func (a *Aftermath) Steps() []round.Step {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.SortedFunc(maps.Keys(a.pending), func(x, y round.Step) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.RoundID, y.RoundID))
	})
}

// done forgets a step.
func (a *Aftermath) done(s round.Step) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pending, s)
}

// FinalizeSteps are for active rounds that anybody may finalize now and that the wallet took part in.
func FinalizeSteps(active []*round.Round, tookPart func(id uint64) bool, now time.Time) (steps []round.Step) {
	for _, r := range active {
		if tookPart(r.ID) && r.CanForceFinalize(now) == nil {
			steps = append(steps, round.Step{Kind: round.StepFinalize, RoundID: r.ID})
		}
	}
	return steps
}

// DrawSteps are for active rounds whose committee is to be drawn and that the wallet has a gradient in.
func DrawSteps(active []*round.Round, hasGradient func(id uint64) bool, now time.Time) (steps []round.Step) {
	for _, r := range active {
		if hasGradient(r.ID) && r.CanDraw(math.MaxUint64, now) == nil {
			steps = append(steps, round.Step{Kind: round.StepDraw, RoundID: r.ID})
		}
	}
	return steps
}

// LateDrawSteps are for active rounds whose committee none of their trainers has drawn.
func LateDrawSteps(active []*round.Round, takes func(*round.Round) bool, now time.Time) (steps []round.Step) {
	for _, r := range active {
		if r.CanDraw(math.MaxUint64, now) == nil && !now.Before(DrawLate(r)) && takes(r) {
			steps = append(steps, round.Step{Kind: round.StepDraw, RoundID: r.ID})
		}
	}
	return steps
}

// Done is a duty that was done.
type Done struct {
	Kind      round.StepKind
	RoundID   uint64
	Subject   solana.PublicKey // that was slashed for: the gradient's trainer, or [round.BaseModel]
	Validator solana.PublicKey // that was slashed
	Settled   int              // ratings
	Signature string
}

// IsDuty reports whether [Duties.Do] does steps of that kind.
func IsDuty(kind round.StepKind) bool {
	return kind == round.StepDraw || kind == round.StepFinalize || kind == round.StepSlash || kind == round.StepSettle ||
		kind == round.StepCloseUnopened || kind == round.StepCloseRound
}

// Do does a duty, if s is one, and tells what it did. The error is why it must be tried again.
func (d Duties) Do(ctx context.Context, a *Aftermath, s round.Step, tell func(Done)) error {
	switch s.Kind {
	case round.StepFinalize:
		r, done, err := d.Finalize(ctx, s.RoundID)
		if done {
			tell(Done{Kind: s.Kind, RoundID: s.RoundID, Signature: r.Signature.String()})
		}
		return err
	case round.StepDraw:
		r, done, err := d.Draw(ctx, s.RoundID)
		if done {
			tell(Done{Kind: s.Kind, RoundID: s.RoundID, Signature: r.Signature.String()})
		}
		return err
	case round.StepSlash:
		err := d.Slash(ctx, s.RoundID, func(x Slashed) {
			tell(Done{Kind: s.Kind, RoundID: s.RoundID, Subject: x.Subject, Validator: x.Validator, Signature: x.Receipt.Signature.String()})
		})
		if err == nil {
			a.done(s)
		}
		return err
	case round.StepCloseUnopened:
		return d.closeMark(ctx, a, s)
	case round.StepCloseRound:
		err := d.End(ctx, s.RoundID)
		if err == nil {
			a.done(s)
		}
		return err
	case round.StepSettle:
		n, r, err := d.Settle(ctx, s.RoundID)
		switch {
		case errors.Is(err, round.ErrAlreadySettled):
			return nil // others settled one of them first: what is left is looked for again
		case err != nil:
			return err
		case n == 0:
			a.done(s)
			return nil
		}
		tell(Done{Kind: s.Kind, RoundID: s.RoundID, Settled: n, Signature: r.Signature.String()})
	}
	return nil
}
