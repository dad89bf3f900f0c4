package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

func TestTrainerNext(t *testing.T) {
	done := &round.Gradient{Trainer: alice, RoundID: 7, RewardClaimed: true, RatingSettled: true}
	for name, c := range map[string]struct {
		round *round.Round
		mine  *round.Gradient
		after time.Duration
		want  round.StepKind // 0: none
	}{
		"before submissions open":             {scored(), nil, 10*time.Minute - time.Second, 0},
		"submissions are taken":               {scored(), nil, 10 * time.Minute, round.StepSubmit},
		"until the last second":               {scored(), nil, 11*time.Hour - time.Second, round.StepSubmit},
		"submissions are over":                {scored(), nil, 11 * time.Hour, 0},
		"full":                                {scored(gradients(255, 0)), nil, time.Hour, 0},
		"without the base's quorum":           {scored(unscored), nil, time.Hour, 0},
		"submitted":                           {scored(gradients(1, 1)), &round.Gradient{}, time.Hour, 0},
		"cancelled":                           {scored(func(r *round.Round) { r.Status = round.Cancelled }), nil, time.Hour, 0},
		"an unknown status":                   {scored(func(r *round.Round) { r.Status = 9 }), nil, time.Hour, 0},
		"finalized without us":                {scored(over), nil, 13 * time.Hour, 0},
		"finalized, waiting for its reward":   {scored(over), &round.Gradient{}, 13 * time.Hour, round.StepClaim},
		"unclaimed after the claim period":    {scored(over), &round.Gradient{Trainer: alice, RatingSettled: true}, claimsEnd, round.StepClaim},
		"finalized, paid":                     {scored(over), done, dayAfter - time.Second, 0},
		"finalized yesterday, paid":           {scored(over), done, dayAfter, round.StepClose},
		"the round is closed":                 {nil, done, 0, round.StepClose},
		"the round is closed and not claimed": {nil, &round.Gradient{Trainer: alice, RoundID: 7}, 0, round.StepClose},
		"the round is closed, not in it":      {nil, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var want []round.Step
			if c.want != 0 {
				want = []round.Step{{Kind: c.want, RoundID: 7, Subject: alice}}
			}
			require.Equal(t, want, round.TrainerNext(c.round, c.mine, alice, opens.Add(c.after)))
		})
	}
	require.Empty(t, round.TrainerNext(scored(), nil, maker, opens.Add(time.Hour)), "one's own round")
}

// Where a submission is kept is said while the round is active, of a sealed one once nobody can copy it any more; the rent
// comes back a day after the end.
func TestSourceNext(t *testing.T) {
	mine := &round.Gradient{Trainer: alice, RoundID: 7}
	said := func(text string) *round.Source { return &round.Source{RoundID: 7, Trainer: alice, Text: text} }
	sealed := func(r *round.Round) { r.Fair = &round.FairOptions{Sealed: true} }
	for name, c := range map[string]struct {
		round *round.Round
		mine  *round.Gradient
		said  *round.Source
		text  string
		after time.Duration
		want  round.StepKind // 0: none
	}{
		"submitted":                   {scored(), mine, nil, "hf:a", time.Hour, round.StepSetSource},
		"nothing to say":              {scored(), mine, nil, "", time.Hour, 0},
		"not submitted":               {scored(), nil, nil, "hf:a", time.Hour, 0},
		"said":                        {scored(), mine, said("hf:a"), "hf:a", time.Hour, 0},
		"another one":                 {scored(), mine, said("hf:b"), "hf:a", time.Hour, round.StepSetSource},
		"sealed, taking submissions":  {scored(sealed), mine, nil, "hf:a", 11*time.Hour - time.Second, 0},
		"sealed, submissions closed":  {scored(sealed), mine, nil, "hf:a", 11 * time.Hour, round.StepSetSource},
		"finalized":                   {scored(over), mine, nil, "hf:a", 13 * time.Hour, 0},
		"finalized, said":             {scored(over), mine, said("hf:a"), "hf:a", dayAfter - time.Second, 0},
		"finalized yesterday":         {scored(over), mine, said("hf:a"), "", dayAfter, round.StepCloseSource},
		"finalized, gradient closed":  {scored(over), nil, said("hf:a"), "", dayAfter, round.StepCloseSource},
		"finalized, another one":      {scored(over), mine, said("hf:b"), "hf:a", dayAfter, round.StepCloseSource},
		"the round is closed":         {nil, nil, said("hf:a"), "", 0, round.StepCloseSource},
		"the round is closed, unsaid": {nil, mine, nil, "hf:a", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var want []round.Step
			if c.want != 0 {
				want = steps(c.want, alice)
			}
			require.Equal(t, want, round.SourceNext(c.round, c.mine, c.said, c.text, alice, opens.Add(c.after)))
		})
	}
}

func TestStepNames(t *testing.T) {
	require.Equal(t, "reveal", round.StepReveal.String())
	require.Equal(t, "StepKind(0)", round.StepKind(0).String())
}

// steps are steps of one kind about some models of round 7.
func steps(kind round.StepKind, subjects ...solana.PublicKey) (all []round.Step) {
	for _, s := range subjects {
		all = append(all, round.Step{Kind: kind, RoundID: 7, Subject: s})
	}
	return all
}

var bob = solana.PublicKey{4} // trains, too

func TestValidatorNext(t *testing.T) {
	ofAlice, ofBob, ofJudy := &round.Gradient{Trainer: alice}, &round.Gradient{Trainer: bob}, &round.Gradient{Trainer: judy}
	full := &round.Gradient{Trainer: bob, Scores: make([]uint32, round.MaxScores)}
	work := func(claimed bool) round.ValidatorWork {
		return round.ValidatorWork{
			Base:      &round.PreValidation{RoundID: 7, Validator: judy, Accuracy: 5000, RewardClaimed: claimed},
			Gradients: []*round.PostValidation{{RoundID: 7, Trainer: alice, Validator: judy, RewardClaimed: claimed}},
		}
	}
	outlier := round.ValidatorWork{Base: &round.PreValidation{RoundID: 7, Validator: judy, Accuracy: 9000, RewardClaimed: true}}
	for name, c := range map[string]struct {
		round     *round.Round
		gradients []*round.Gradient
		mine      round.ValidatorWork
		after     time.Duration
		want      []round.Step
	}{
		"a new round":                    {round: scored(), want: steps(round.StepScore, round.BaseModel)},
		"one's own round":                {round: scored(func(r *round.Round) { r.Creator = judy })},
		"until the last second":          {round: scored(), after: 11*time.Hour - time.Second, want: steps(round.StepScore, round.BaseModel)},
		"submissions are over":           {round: scored(), after: 11 * time.Hour},
		"base closed by a gradient":      {round: scored(gradients(2, 2)), gradients: []*round.Gradient{ofAlice, ofBob}, want: steps(round.StepScore, alice, bob)},
		"scored after the deadline":      {round: scored(gradients(1, 1)), gradients: []*round.Gradient{ofAlice}, after: 13 * time.Hour, want: steps(round.StepScore, alice)},
		"one is scored":                  {round: scored(gradients(2, 2)), gradients: []*round.Gradient{ofAlice, ofBob}, mine: work(false), want: steps(round.StepScore, bob)},
		"one's own gradient, a full one": {round: scored(gradients(2, 2)), gradients: []*round.Gradient{ofJudy, full}},
		"finalized":                      {round: scored(over), mine: work(false), after: 12 * time.Hour, want: steps(round.StepClaim, round.BaseModel, alice)},
		"finalized and paid":             {round: scored(over), mine: work(true), after: dayAfter - time.Second},
		"finalized and paid a day ago":   {round: scored(over), mine: work(true), after: dayAfter, want: steps(round.StepClose, round.BaseModel, alice)},
		"an outlier waits to be slashed": {round: scored(over), mine: outlier, after: dayAfter},
		"the round is closed":            {mine: work(true), want: steps(round.StepClose, round.BaseModel, alice)},
		"closed before it was claimed":   {mine: work(false), want: steps(round.StepClose, round.BaseModel, alice)},
		"cancelled":                      {round: scored(func(r *round.Round) { r.Status = round.Cancelled }), mine: work(false)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, round.ValidatorNext(c.round, c.gradients, c.mine, judy, opens.Add(c.after)))
		})
	}
}

func TestValidatorNextWithCommitments(t *testing.T) {
	submitted := 3 * time.Hour
	ofAlice := []*round.Gradient{{Trainer: alice, SubmittedAt: opens.Add(submitted)}}
	committed := func(subject solana.PublicKey, ends time.Duration) round.ValidatorWork {
		return round.ValidatorWork{Commitments: []*round.Commitment{{RoundID: 7, Subject: subject, RevealEnds: opens.Add(ends)}}}
	}
	base, gradient := committed(round.BaseModel, time.Hour), committed(alice, 4*time.Hour)
	revealed := round.ValidatorWork{Gradients: []*round.PostValidation{{RoundID: 7, Trainer: alice}}}
	one := scored(commitReveal, gradients(1, 1))
	for name, c := range map[string]struct {
		round     *round.Round
		gradients []*round.Gradient
		mine      round.ValidatorWork
		after     time.Duration
		want      []round.Step
	}{
		"the base appears":               {scored(commitReveal), nil, round.ValidatorWork{}, 0, steps(round.StepCommit, round.BaseModel)},
		"the base is committed to":       {scored(commitReveal), nil, base, 30*time.Minute - time.Second, nil},
		"the base can be revealed":       {scored(commitReveal), nil, base, 30 * time.Minute, steps(round.StepReveal, round.BaseModel)},
		"too late to commit to it":       {scored(commitReveal), nil, round.ValidatorWork{}, 30 * time.Minute, nil},
		"the base was never revealed":    {scored(commitReveal), nil, base, time.Hour, steps(round.StepCloseCommitment, round.BaseModel)},
		"a gradient appears":             {one, ofAlice, round.ValidatorWork{}, submitted, steps(round.StepCommit, alice)},
		"it can be revealed":             {one, ofAlice, gradient, submitted + 30*time.Minute, steps(round.StepReveal, alice)},
		"it was revealed":                {one, ofAlice, revealed, submitted + 30*time.Minute, nil},
		"it was never revealed":          {one, ofAlice, gradient, submitted + time.Hour, steps(round.StepCloseCommitment, alice)},
		"nor until the round was over":   {scored(commitReveal, over), nil, gradient, 12 * time.Hour, steps(round.StepCloseCommitment, alice)},
		"nor until the round was closed": {nil, nil, gradient, submitted + time.Hour, steps(round.StepCloseCommitment, alice)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, round.ValidatorNext(c.round, c.gradients, c.mine, judy, opens.Add(c.after)))
		})
	}
}

// Who has submitted to a sealed round publishes from when submissions close until nobody scores any more.
func TestTrainerPublishesInSealedRounds(t *testing.T) {
	sealed := scored(gradients(1, 0))
	sealed.Fair = &round.FairOptions{Sealed: true, PublishWindow: time.Minute}
	sealed.Options.CommitWindow = time.Minute
	mine := &round.Gradient{Trainer: alice, RoundID: 7}
	closes, ends := sealed.SubmissionsClose(), sealed.ScoringEnds()
	require.Equal(t, closes.Add(13*time.Minute), ends)
	for _, c := range []struct {
		at   time.Time
		mine *round.Gradient
		want []round.Step
	}{
		{closes.Add(-time.Second), nil, steps(round.StepSubmit, alice)},
		{closes.Add(-time.Second), mine, nil},
		{closes, nil, nil},
		{closes, mine, steps(round.StepPublish, alice)},
		{ends.Add(-time.Second), mine, steps(round.StepPublish, alice)},
		{ends, mine, nil},
	} {
		require.Equal(t, c.want, round.TrainerNext(sealed, c.mine, alice, c.at), "%s %v", c.at, c.mine)
	}
	sealed.Status = round.Finalized
	require.Equal(t, steps(round.StepClaim, alice), round.TrainerNext(sealed, mine, alice, closes))
	require.Empty(t, round.TrainerNext(scored(gradients(1, 0)), mine, alice, closes), "nor in a plain round")
}
