package run

import (
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// The rules of a run are methods of View named Can…, one for each instruction about
// a run. They depend only on what was read, and return nil if the program would
// accept the instruction, or a [RuleError] with exactly the error that it would
// return. They assume what a Client ensures: that the accounts belong together, that
// the arguments are in their ranges, and that the wallet can pay. Members are
// accounts as [Client.Member] reads them, nil for a wallet that never joined.

// RuleError says that the program would refuse an instruction now.
type RuleError struct {
	// Err is the error that it would return, such as [ErrNotGone].
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

// refusal is what the program says to what its model does to a copy of the view.
func (v *View) refusal(do func(s model.State) error) error { return refused(do(v.state())) }

// refused makes the model's answer a RuleError.
func refused(err error) error {
	var code model.Error
	if errors.As(err, &code) {
		return &RuleError{Err: Code(code)}
	}
	return err
}

// until adds when a refusal no longer applies, if it is that one.
func until(err error, code Code, from, now time.Time) error {
	var e *RuleError
	if errors.As(err, &e) && errors.Is(err, code) && now.Before(from) {
		e.From = from
	}
	return err
}

// byAuthority is refusal for what only the authority may do.
func (v *View) byAuthority(wallet solana.PublicKey, do func(s model.State) error) error {
	if wallet != v.Run.Authority {
		return &RuleError{Err: chain.ErrConstraintHasOne}
	}
	return v.refusal(do)
}

// byMember is refusal for what takes the account of a member.
func (v *View) byMember(m *Member, do func(s model.State, m *model.Member) error) error {
	if m == nil {
		return &RuleError{Err: chain.ErrAccountNotInitialized}
	}
	return v.refusal(func(s model.State) error { return do(s, m.model()) })
}
