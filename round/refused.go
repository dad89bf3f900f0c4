package round

import "fmt"

// RefusedError says why a worker does not take part in a round.
type RefusedError struct {
	RoundID uint64 // its id
	Reason  string // the term that the worker does not accept
}

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("round %d: %s", e.RoundID, e.Reason) }
