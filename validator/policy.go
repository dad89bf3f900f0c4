package validator

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// Policy says which rounds a worker scores. The zero value scores every round
// whose data set the worker has, and whose reward covers the fees of scoring.
type Policy struct {
	// MinReward is the least reward of a round, in lamports. Default: as much as
	// makes a validator's part cover the fees of its transactions if 32
	// validations share the pool: 3,200,000 under the protocol's own terms. Rent
	// is not counted, since it comes back.
	MinReward uint64
}

const (
	// fees of one validation: one transaction to score, one to claim.
	fees = 2 * 5000
	// sharers is how many validations share the pool of a round in which nobody
	// improves anything.
	sharers = 32
)

// Refuse returns nil if a validator with the given stake in lamports scores the
// round, and otherwise why not, as a [round.RefusedError].
func (p Policy) Refuse(r *round.Round, stake uint64) error {
	refuse := func(format string, args ...any) error {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(format, args...)}
	}
	id, pool := dataset.ID(r.Dataset), r.Terms().ValidatorPool()
	switch {
	case r.Version != round.Version:
		return refuse("it belongs to another version of the program (%d): it can be read, not taken part in", r.Version)
	case id.Known() && id.Info().Classes == 1:
		return refuse("%s is a data set for regression, and rounds score classification only", id)
	case p.MinReward > 0 && r.Reward < p.MinReward:
		return refuse("its reward of %d lamports is under the minimum of %d", r.Reward, p.MinReward)
	case p.MinReward == 0 && pool < fees*sharers:
		return refuse("its validators share %d lamports, which may not cover the fees (set Policy.MinReward to score it anyway)", pool)
	case stake < r.Options.MinValidatorStake:
		return refuse("it wants validators with a stake of %d lamports, this one has %d: stake first", r.Options.MinValidatorStake, stake)
	}
	return nil
}
