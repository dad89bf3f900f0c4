package round

import (
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// The rules of a round are methods named Can…, one for each instruction. They
// depend only on the accounts and the time passed in (and, where a round takes gradients in
// some slots only, on [Round].Slot), and return nil if the program
// would accept the instruction, or a [RuleError] with exactly the error that it
// would return. They assume what a Client ensures: that the accounts belong
// together, that what the instruction creates does not exist yet, and that the
// wallet can pay.

// RuleError says that the program would refuse an instruction now.
type RuleError struct {
	// Err is the error that it would return, such as [ErrTooEarly].
	Err error
	// From is when Err no longer applies if nothing but time passes; another
	// error may apply then. The zero time means that something else has to happen
	// first, or that it is too late for good.
	From time.Time
}

// Error implements error.
func (e *RuleError) Error() string {
	if e.From.IsZero() {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v (until %s)", e.Err, e.From.UTC().Format(time.RFC3339))
}

// Unwrap returns the error that the program would return.
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

// first returns the first error that is not nil.
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
