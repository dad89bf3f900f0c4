package trainer

import (
	"context"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// Terms are what a [Policy] demands of a round's terms. The zero value demands nothing.
type Terms struct {
	Sealed       bool          // heads are published only when nobody can copy them any more
	CommitReveal bool          // validators commit to scores before they see each other's
	Committee    bool          // validators are drawn by lot
	MinStake     uint64        // least lamports at stake of each validator; 0: any
	Rules        []reward.Rule // the round's rule is one of these; none: any
	MinWindow    time.Duration // windows for commitments, and in sealed rounds for publication, are at least so long
	MaxTolerance uint16        // most hundredths of a percent from the median that are no outlier; 0: any
}

// FairTerms are demanded by default where lamports are money: a round whose heads cannot be
// copied, and whose scores neither, with time for both. A committee is not among them:
// a creator leaves it out where too few have staked.
func FairTerms() Terms {
	return Terms{Sealed: true, CommitReveal: true, MinStake: 1, MinWindow: time.Minute}
}

// unmet says which demand a round does not meet, and which field to change to take it all the
// same; it is empty if it meets all.
func (t Terms) unmet(r *round.Round) string {
	const anyway = " (change Policy.Terms to take it all the same)"
	windows := r.Options.CommitWindow
	if r.Sealed() {
		windows = min(windows, r.Fair.PublishWindow)
	}
	switch {
	case t.Sealed && !r.Sealed():
		return "it is not sealed: whoever sees a head that was submitted can copy it" + anyway
	case t.CommitReveal && !r.Options.CommitReveal:
		return "its validators do not commit to scores: they can copy each other's" + anyway
	case t.Committee && !r.HasCommittee():
		return "its validators are not drawn by lot: its creator can bring its own" + anyway
	case r.Options.MinValidatorStake < t.MinStake:
		return "its validators have too little to lose" + anyway
	case len(t.Rules) > 0 && !slices.Contains(t.Rules, r.Options.RewardRule):
		return "its reward rule, " + r.Options.RewardRule.String() + ", is none of those that were asked for" + anyway
	case (r.Options.CommitReveal || r.Sealed()) && windows < t.MinWindow:
		return "its windows are " + windows.String() + " only: who is late scores nothing, or is not scored" + anyway
	case t.MaxTolerance > 0 && r.OutlierTolerance > t.MaxTolerance:
		return "its validators may be too far from the median without losing anything" + anyway
	}
	return ""
}

// policy is the configured one, with the network's default demands where none are set.
func (w *Worker) policy(ctx context.Context) (Policy, error) {
	p := w.cfg.Policy
	if p.Terms != nil {
		return p, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.terms == nil {
		free, err := w.cfg.Rounds.Chain().Development(ctx)
		if err != nil {
			return p, err
		}
		w.terms = &Terms{}
		if !free {
			*w.terms = FairTerms()
		}
	}
	p.Terms = w.terms
	return p, nil
}
