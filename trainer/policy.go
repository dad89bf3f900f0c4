package trainer

import (
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// DefaultMinQuorum is the smallest quorum of validators that a worker accepts by
// default: below three, one validator can decide the median alone.
const DefaultMinQuorum = 3

// DefaultMinTime is the least time that must be left to train and submit, by
// default.
const DefaultMinTime = 30 * time.Second

// Policy says which rounds a worker takes part in. The zero value takes every
// round with a quorum of [DefaultMinQuorum] whose data set the worker has.
type Policy struct {
	MinReward uint64 // lamports
	MaxReward uint64 // lamports; 0: no limit
	// MinQuorum is the least number of validations of the base and of each
	// gradient. Default 3; 1 takes rounds that a single validator decides.
	MinQuorum uint8
	// MinTime is the least time until submissions close. Default
	// [DefaultMinTime].
	MinTime time.Duration
	// Wanted, if set, reports whether to take a round whatever its reward, such
	// as one that a person has chosen. It is called at every query of the chain.
	Wanted func(*round.Round) bool
}

// Refuse returns nil if a trainer with the given rating takes the round at now, a
// time of the chain's clock, and otherwise why not, as a [round.RefusedError].
func (p Policy) Refuse(r *round.Round, stars rating.Stars, now time.Time) error {
	refuse := func(format string, args ...any) error {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(format, args...)}
	}
	quorum, least := p.MinQuorum, p.MinTime
	if quorum == 0 {
		quorum = DefaultMinQuorum
	}
	if least == 0 {
		least = DefaultMinTime
	}
	id, wanted := dataset.ID(r.Dataset), p.Wanted != nil && p.Wanted(r)
	switch {
	case r.Version != round.Version:
		return refuse("it belongs to another version of the program (%d): it can be read, not taken part in", r.Version)
	case r.Reward < p.MinReward && !wanted:
		return refuse("its reward of %d lamports is under the minimum of %d", r.Reward, p.MinReward)
	case p.MaxReward > 0 && r.Reward > p.MaxReward && !wanted:
		return refuse("its reward of %d lamports is over the limit of %d", r.Reward, p.MaxReward)
	case r.Options.MinPrevalidations < quorum || r.Options.MinPostvalidations < quorum:
		return refuse("its quorums of %d and %d validations are under %d: too few could decide it alone (lower Policy.MinQuorum to take it all the same)",
			r.Options.MinPrevalidations, r.Options.MinPostvalidations, quorum)
	case id.Known() && id.Info().Classes == 1:
		return refuse("%s is a data set for regression, and rounds score classification only", id)
	case stars < r.MinRating:
		return refuse("it wants trainers of %s, this one stands at %s", r.MinRating, stars)
	case r.BaseAccuracy >= rating.MaxAccuracy:
		return refuse("its base model makes no mistake on the test split: nothing can be earned")
	case r.ClaimPeriod < minClaimPeriod:
		return refuse("its rewards can be claimed for %s only: after that its creator may take them back (this worker wants a day at least)", r.ClaimPeriod)
	case r.SubmissionsClose().Sub(now) < least:
		return refuse("it takes no submissions from %s on, which is in less than %s", r.SubmissionsClose().UTC(), least)
	}
	return nil
}

// minClaimPeriod is the least time that must be left to claim.
const minClaimPeriod = 24 * time.Hour
