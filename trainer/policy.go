package trainer

import (
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
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

// DefaultMinReward is the least reward of a round, by default: 0.01 SOL in
// lamports. If as many trainers as a round takes had equal shares of it, each
// would still be paid more than the fees of submitting, claiming and taking the
// rent back.
const DefaultMinReward = 10_000_000

// DefaultMaxBond is the largest bond that a worker puts up by default: 0.1 SOL in lamports.
const DefaultMaxBond = 100_000_000

// Policy says which rounds a worker takes part in. The zero value takes every
// round with a quorum of [DefaultMinQuorum] and a reward of [DefaultMinReward]
// whose data set the worker has.
type Policy struct {
	// Task is what submissions to the round are. Default: [round.TaskHeads]; a worker then
	// takes data rounds, too, where it has something to submit ([Config].Submit). With
	// [round.TaskData] it takes no others.
	Task      round.Task
	MinReward uint64 // lamports. Default [DefaultMinReward]; 1 takes any
	MaxReward uint64 // lamports; 0: no limit
	// MaxBond is the most lamports that a sealed round may have the worker put up, which are
	// lost where its gradient is no better than the base, or cannot be fetched. Default
	// [DefaultMaxBond].
	MaxBond uint64
	// MinQuorum is the least number of validations of the base and of each
	// gradient. Default 3; 1 takes rounds that a single validator decides.
	MinQuorum uint8
	// Terms are what is demanded of the round's terms. Default: nothing on networks for
	// development ([chain.Client.Development]), [FairTerms] where lamports are money. A worker
	// fills it in; where it is nil, Refuse demands nothing.
	Terms *Terms
	// Holdouts are the creators whose sealed tests are taken: who sealed a test alone knows
	// what on, and could tell a trainer in league with it. AnyHoldout takes all of them.
	// Default: none.
	Holdouts   []solana.PublicKey
	AnyHoldout bool
	// MinTime is the least time until submissions close. Default
	// [DefaultMinTime].
	MinTime time.Duration
	// Wanted, if set, reports whether to take a round whatever its reward, such
	// as one that a person has chosen. It is called at every query of the chain.
	Wanted func(*round.Round) bool
	// Veto, if set, is asked about each round that everything else in the policy
	// takes: an error leaves it alone, and is reported as the reason. It is called
	// at every query of the chain and before the worker joins, and must not block.
	Veto func(*round.Round) error
}

func (p Policy) withDefaults() Policy {
	if p.MinReward == 0 {
		p.MinReward = DefaultMinReward
	}
	if p.MaxBond == 0 {
		p.MaxBond = DefaultMaxBond
	}
	if p.MinQuorum == 0 {
		p.MinQuorum = DefaultMinQuorum
	}
	if p.MinTime == 0 {
		p.MinTime = DefaultMinTime
	}
	return p
}

// Refuse returns nil if a trainer with the given rating takes the round at now, a
// time of the chain's clock, and otherwise why not, as a [round.RefusedError].
func (p Policy) Refuse(r *round.Round, stars rating.Stars, now time.Time) error {
	p = p.withDefaults()
	refuse := func(format string, args ...any) error {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(format, args...)}
	}
	id, wanted, unmet := dataset.ID(r.Dataset), p.Wanted != nil && p.Wanted(r), ""
	if p.Terms != nil {
		unmet = p.Terms.unmet(r)
	}
	switch {
	case r.Version != round.Version:
		return refuse("it belongs to another version of the program (%d): it can be read, not taken part in", r.Version)
	case r.Task() != p.Task:
		return refuse("its task is %s, and this worker submits %s", r.Task(), p.Task)
	case r.Reward < p.MinReward && !wanted:
		return refuse("its reward of %s SOL is under the minimum of %s", chain.FormatSOL(r.Reward), chain.FormatSOL(p.MinReward))
	case p.MaxReward > 0 && r.Reward > p.MaxReward && !wanted:
		return refuse("its reward of %s SOL is over the limit of %s", chain.FormatSOL(r.Reward), chain.FormatSOL(p.MaxReward))
	case r.HasHoldout() && !p.AnyHoldout && !slices.Contains(p.Holdouts, r.Creator):
		return refuse("it has a sealed test: its creator alone knows what on, and may have told another trainer (add %s to Policy.Holdouts if you trust it)", r.Creator)
	case unmet != "":
		return refuse("%s", unmet)
	case r.Bond() > p.MaxBond:
		return refuse("it wants a bond of %s SOL, over the limit of %s (raise Policy.MaxBond to put up more)", chain.FormatSOL(r.Bond()), chain.FormatSOL(p.MaxBond))
	case r.Options.MinPrevalidations < p.MinQuorum || r.Options.MinPostvalidations < p.MinQuorum:
		return refuse("its quorums of %d and %d validations are under %d: too few could decide it alone (lower Policy.MinQuorum to take it all the same)",
			r.Options.MinPrevalidations, r.Options.MinPostvalidations, p.MinQuorum)
	case id.Known() && id.Info().Classes == 1:
		return refuse("%s is a data set for regression, and rounds score classification only", id)
	case stars < r.MinRating:
		return refuse("it wants trainers of %s, this one stands at %s", r.MinRating, stars)
	case r.BaseAccuracy >= rating.MaxAccuracy:
		return refuse("its base model makes no mistake on the test split: nothing can be earned")
	case r.ClaimPeriod < minClaimPeriod:
		return refuse("its rewards can be claimed for %s only: after that its creator may take them back (this worker wants a day at least)", r.ClaimPeriod)
	case r.SubmissionsEnd(now).Sub(now) < p.MinTime:
		return refuse("it takes no submissions from %s on, which is in less than %s", r.SubmissionsEnd(now).UTC(), p.MinTime)
	}
	if p.Veto != nil {
		if err := p.Veto(r); err != nil {
			return &round.RefusedError{RoundID: r.ID, Reason: err.Error()}
		}
	}
	return nil
}

// minClaimPeriod is the least time that must be left to claim.
const minClaimPeriod = 24 * time.Hour
