package round

import (
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// The rules of a round are methods named Can…, one for each instruction. They
// look at nothing but the accounts and the time that they are given, and return
// nil where the program would accept the instruction, or a [RuleError] with the
// very answer that it would give. They assume what a Client sees to: that the
// accounts belong together, that what is to be created does not exist yet, and
// that the wallet can pay.

// RuleError says that the program would refuse an instruction now.
type RuleError struct {
	// Err is what it would answer, such as [ErrTooEarly].
	Err error
	// From is when this answer ends if nothing but time passes; there may be
	// another one then. The zero time means that something else has to happen
	// first, or that it is too late for ever.
	From time.Time
}

// Error implements error.
func (e *RuleError) Error() string {
	if e.From.IsZero() {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v (until %s)", e.Err, e.From.UTC().Format(time.RFC3339))
}

// Unwrap makes errors.Is compare with what the program would answer.
func (e *RuleError) Unwrap() error { return e.Err }

// refuse is a refusal that time alone does not change.
func refuse(answer error) error { return &RuleError{Err: answer} }

// notBefore is a refusal until from.
func notBefore(from, now time.Time, answer error) error {
	if now.Before(from) {
		return &RuleError{Err: answer, From: from}
	}
	return nil
}

// first is the first of some refusals.
func first(refusals ...error) error {
	for _, err := range refusals {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Round) mustBeActive() error {
	if err := r.transactable(); err != nil {
		return err
	}
	if r.Status != Active {
		return refuse(ErrRoundNotActive)
	}
	return nil
}

func (r *Round) mustBeFinalized() error {
	if err := r.transactable(); err != nil {
		return err
	}
	if r.Status != Finalized {
		return refuse(ErrRoundNotFinalized)
	}
	return nil
}

func (r *Round) mustBeCreator(wallet solana.PublicKey) error {
	if err := r.transactable(); err != nil {
		return err
	}
	if wallet != r.Creator {
		return refuse(chain.ErrConstraintHasOne)
	}
	return nil
}
