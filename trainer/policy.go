package trainer

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// DefaultMinQuorum is the least quorum of validators that a worker trains
// under unless told otherwise: below three, one validator decides.
const DefaultMinQuorum = 3

// Policy says which rounds a worker takes part in. The zero value takes every
// round with a quorum of [DefaultMinQuorum] whose data set the worker has.
type Policy struct {
	MinReward uint64 // lamports
	MaxReward uint64 // lamports; 0: no limit
	// MinQuorum is the least number of validations of the base and of each
	// gradient. Default 3; 1 takes rounds that a single validator decides.
	MinQuorum uint8
}

// RefusedError names the term of a round that a worker does not take.
type RefusedError struct {
	Round  uint64
	Reason string
}

func (e *RefusedError) Error() string { return fmt.Sprintf("round %d: %s", e.Round, e.Reason) }

// Refuse returns why the round is not taken, nil if it is.
func (p Policy) Refuse(r *round.Round) error {
	refuse := func(format string, args ...any) error {
		return &RefusedError{r.ID, fmt.Sprintf(format, args...)}
	}
	quorum := p.MinQuorum
	if quorum == 0 {
		quorum = DefaultMinQuorum
	}
	id := dataset.ID(r.Dataset)
	switch {
	case r.Version != round.Version:
		return refuse("it belongs to another version of the program (%d): it can be read, not taken part in", r.Version)
	case r.Reward < p.MinReward:
		return refuse("its reward of %d lamports is under the %d that are asked for", r.Reward, p.MinReward)
	case p.MaxReward > 0 && r.Reward > p.MaxReward:
		return refuse("its reward of %d lamports is over the limit of %d", r.Reward, p.MaxReward)
	case r.Options.MinPrevalidations < quorum || r.Options.MinPostvalidations < quorum:
		return refuse("its quorums of %d and %d validations are under %d: too few could decide it alone (lower Policy.MinQuorum to take it all the same)",
			r.Options.MinPrevalidations, r.Options.MinPostvalidations, quorum)
	case id.Known() && id.Info().Classes == 1:
		return refuse("%s is a data set for regression, and rounds score classification only", id)
	}
	return nil
}
