package validator

import (
	"cmp"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// DefaultMaxStakeAtRisk is how many lamports of its stake a worker risks at a
// time by default: one SOL.
const DefaultMaxStakeAtRisk = chain.LamportsPerSOL

// minClaimPeriod is the least time that a round must leave to claim.
const minClaimPeriod = 24 * time.Hour

// Policy says which rounds a worker scores. The zero value scores every round
// whose data set the worker has, and which pays more than it costs. It is asked
// before each score, and once more just before the score is sent.
type Policy struct {
	// MinReward is the least reward of a round, in lamports. Default: any that
	// pays more than it costs ([round.Round.OfferToValidate]).
	MinReward uint64
	// AtALoss also scores rounds that do not.
	AtALoss bool
	// MaxStakeAtRisk is the most lamports of the stake that outliers among the
	// worker's scores in active rounds could cost it together. Default
	// [DefaultMaxStakeAtRisk].
	MaxStakeAtRisk uint64
	// Veto, if set, is asked about each round that everything else in the policy
	// takes: an error leaves it alone, and is reported as the reason. It is called
	// at every query of the chain, from several goroutines, and must not block.
	Veto func(*round.Round) error
}

// Standing is what a [Policy] has to know about a validator, in lamports.
type Standing struct {
	Stake  uint64 // at stake
	AtRisk uint64 // of it, by its scores in active rounds
	Fee    uint64 // that one of its transactions costs

	Since time.Time // when the stake was last added to, which committees ask for
}

// Refuse returns nil if a validator of that standing gives the round another
// score, and otherwise why not, as a [round.RefusedError].
func (p Policy) Refuse(r *round.Round, s Standing) error {
	refuse := func(format string, args ...any) error {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(format, args...)}
	}
	id, offer, most := dataset.ID(r.Dataset), r.OfferToValidate(s.Fee), cmp.Or(p.MaxStakeAtRisk, DefaultMaxStakeAtRisk)
	switch {
	case r.Version != round.Version:
		return refuse("it belongs to another version of the program (%d): it can be read, not taken part in", r.Version)
	case r.Task() != round.TaskHeads && r.Task() != round.TaskData:
		return refuse("its task is %s, and this worker scores %s and %s", r.Task(), round.TaskHeads, round.TaskData)
	case r.Task() == round.TaskData && !r.Sealed():
		return refuse("its data is public before submissions close: who comes last could change others' rows until they are no copies")
	case id.Known() && id.Info().Classes == 1:
		return refuse("%s is a data set for regression, and rounds score classification only", id)
	case r.Reward < p.MinReward:
		return refuse("its reward of %s SOL is under the minimum of %s", chain.FormatSOL(r.Reward), chain.FormatSOL(p.MinReward))
	case r.ClaimPeriod < minClaimPeriod:
		return refuse("its rewards can be claimed for %s only: after that its creator may take them back (this worker wants a day at least)", r.ClaimPeriod)
	case !p.AtALoss && offer.Net() <= 0:
		return refuse("another score pays %s SOL and costs %s in fees (set Policy.AtALoss to score it anyway)", chain.FormatSOL(offer.Share), chain.FormatSOL(offer.Fees))
	case s.Stake < r.Options.MinValidatorStake:
		return refuse("it wants validators with a stake of %s SOL, this one has %s: stake first", chain.FormatSOL(r.Options.MinValidatorStake), chain.FormatSOL(s.Stake))
	case offer.Risk > 0 && (offer.Risk > most || s.AtRisk > most-offer.Risk):
		return refuse("an outlier would cost %s SOL of the stake, with %s at risk already: over the limit of %s (raise Policy.MaxStakeAtRisk to risk more)",
			chain.FormatSOL(offer.Risk), chain.FormatSOL(s.AtRisk), chain.FormatSOL(most))
	}
	if p.Veto != nil {
		if err := p.Veto(r); err != nil {
			return &round.RefusedError{RoundID: r.ID, Reason: err.Error()}
		}
	}
	return nil
}
