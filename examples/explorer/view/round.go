package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// Round is all there is to see of a round.
type Round struct {
	Chain Chain `json:"chain"`
	RoundRow
	ModelCID   string    `json:"model_cid"`
	Terms      []Term    `json:"terms"`
	Timeline   []Moment  `json:"timeline"`
	Validators []string  `json:"validators"` // all who scored or committed, in a fixed order
	Base       Subject   `json:"base"`
	Gradients  []Subject `json:"submissions"` // in the order of submission
	Payouts    []Payout  `json:"payouts"`
	Final      bool      `json:"final"`      // the payouts will not change any more
	Incomplete bool      `json:"incomplete"` // accounts were closed: payouts are not known any more
	Money      *Money    `json:"money"`      // nil: not known any more
}

// Term is one of a round's terms, in words.
type Term struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Moment is a point of a round's timeline.
type Moment struct {
	Name string     `json:"name"`
	At   *time.Time `json:"at"`
}

// Subject is what validators score: the base model or a submission.
type Subject struct {
	Address     string     `json:"address"`
	Trainer     string     `json:"trainer,omitempty"` // none: the base
	CID         string     `json:"cid,omitempty"`
	Source      string     `json:"source,omitempty"` // where the trainer says that it keeps it; nobody has checked that
	Stars       uint16     `json:"stars,omitempty"`  // of the trainer now, hundredths
	Consensus   uint32     `json:"consensus"`
	Quorum      bool       `json:"quorum"`      // enough have scored it for the consensus to count
	Improvement uint32     `json:"improvement"` // over the base
	Submitted   *time.Time `json:"submitted,omitempty"`
	Scores
}

// accounts are those of a round, as they were read.
type accounts struct {
	first     *round.Round // as it was before the others were read: what it counts is among them
	round     *round.Round
	base      []*round.PreValidation
	gradients []*round.Gradient
	scores    []*round.PostValidation
	commits   []*round.Commitment
	vault     *round.Vault // nil: closed
	balance   uint64       // of the vault
	vaultSize int          // of its data, bytes
}

// Round reads a round.
func (r *Reader) Round(ctx context.Context, id uint64) (Round, error) {
	if r.Rounds == nil {
		return Round{}, fmt.Errorf("no round program is set: %w", ErrUnknown)
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Round{}, err
	}
	a, err := r.accounts(ctx, id)
	if err != nil {
		return Round{}, unknown(err, "round %d", id)
	}
	now, err := r.Chain.Now(ctx)
	if err != nil {
		return Round{}, err
	}
	v := Round{Chain: c, RoundRow: rowOf(a.round, now), ModelCID: plain(a.round.ModelCID), Payouts: []Payout{}, Gradients: []Subject{}}
	if v.Phase == round.PhaseForeign {
		return v, nil
	}
	v.Terms, v.Timeline = termsOf(a.round), timelineOf(a.round)
	if err := r.subjects(ctx, &v, a); err != nil {
		return Round{}, err
	}
	var claimed paid
	statement, err := a.first.Statement(a.base, a.gradients, a.scores)
	switch {
	case errors.Is(err, round.ErrIncomplete): // long over: rent was taken back
		v.Incomplete = true
	case err != nil:
		return Round{}, unknown(err, "round %d", id)
	default:
		v.Final = v.Phase == round.PhaseFinalized
		v.Payouts, claimed = payoutsOf(statement, a)
	}
	v.Money = roundMoney(a, v.Incomplete, claimed)
	return v, nil
}

// accounts reads everything about a round. What money is compared by, the round, its vault and its gradients, is of one moment.
func (r *Reader) accounts(ctx context.Context, id uint64) (a accounts, err error) {
	if a.round, err = r.Rounds.Round(ctx, id); err != nil {
		return a, err
	}
	a.first = a.round
	if a.round.Version != round.Version {
		return a, nil
	}
	if a.base, err = r.Rounds.PreValidations(ctx, id); err != nil {
		return a, err
	}
	if a.scores, err = r.Rounds.PostValidations(ctx, id); err != nil {
		return a, err
	}
	if a.commits, err = r.Rounds.Commitments(ctx, id); err != nil {
		return a, err
	}
	if a.gradients, err = r.Rounds.Gradients(ctx, id); err != nil {
		return a, err
	}
	return a, r.moment(ctx, &a)
}

// moment reads round, vault and gradients again, in one call.
func (r *Reader) moment(ctx context.Context, a *accounts) error {
	addresses := r.Rounds.Addresses()
	wanted := []solana.PublicKey{a.round.Address, addresses.Vault(a.round.ID)}
	for _, g := range a.gradients {
		wanted = append(wanted, g.Address)
	}
	found, err := r.Chain.Accounts(ctx, wanted...)
	if err != nil {
		return err
	}
	if a.round, err = round.DecodeRound(found[0].Address, found[0].Data); err != nil {
		return err
	}
	if v := found[1]; v.Owner == addresses.Program {
		if a.vault, err = round.DecodeVault(v.Address, v.Data); err != nil {
			return err
		}
		a.balance, a.vaultSize = v.Lamports, len(v.Data)
	}
	var gradients []*round.Gradient
	for _, one := range found[2:] {
		if one.Owner != addresses.Program {
			continue // closed since
		}
		g, err := round.DecodeGradient(one.Address, one.Data)
		if err != nil {
			return err
		}
		gradients = append(gradients, g)
	}
	a.gradients = gradients
	return nil
}

func timelineOf(r *round.Round) (all []Moment) {
	add := func(name string, at time.Time) { all = append(all, Moment{name, moment(at)}) }
	add("created", r.CreatedAt)
	add("submissions open", r.SubmissionsOpen())
	if closes := r.SubmissionsClose(); r.FinalizedAt.IsZero() || !r.FinalizedAt.Before(closes) {
		add("submissions close", closes)
	}
	if r.Sealed() {
		add("scoring starts", r.ScoringStarts())
		add("scoring ends", r.ScoringEnds())
	}
	if r.FinalizedAt.IsZero() {
		add("anybody may finalize", r.ForceFrom())
	} else {
		add("finalized", r.FinalizedAt)
		add("claims end", r.ClaimsEnd())
	}
	slices.SortStableFunc(all, func(a, b Moment) int { return a.At.Compare(*b.At) })
	return all
}

func termsOf(r *round.Round) []Term {
	o := r.Options
	all := []Term{
		{"Task", taskOf(r)},
		{"Reward rule", o.RewardRule.String()},
		{"Validators' part of the reward", percent(uint64(r.ValidatorShareBps))},
		{"Fee on each payment", percent(uint64(r.FeeBps))},
		{"Scores of the base at least", fmt.Sprint(o.MinPrevalidations)},
		{"Scores of each submission at least", fmt.Sprint(o.MinPostvalidations)},
		{"Scores are committed first", yes(o.CommitReveal)},
		{"Rating asked of trainers", r.MinRating.String()},
		{"Off by more is not paid, and slashed", percent(uint64(r.OutlierTolerance))},
		{"Slashed part of a stake", percent(uint64(r.SlashBps))},
	}
	if r.Fair != nil {
		all = append(all, Term{"Heads stay secret until submissions close", yes(r.Sealed())}, Term{"Committee drawn by lot", committee(r)},
			Term{"Sealed test", sealedTest(r)}, Term{"Submissions are taken in", slots(r)})
	}
	return all
}

// taskOf says what is submitted.
func taskOf(r *round.Round) string {
	switch r.Task() {
	case round.TaskHeads:
		return "heads: trained weights"
	case round.TaskData:
		return "data: texts or samples, scored by what the model learns from them"
	}
	return r.Task().String()
}

func committee(r *round.Round) string {
	if r.Fair.Committee == 0 {
		return "no: whoever has the stake may score"
	}
	return fmt.Sprintf("about %d validators, %s", r.Fair.Committee, map[bool]string{true: "drawn", false: "not drawn yet"}[r.Drawn])
}

// slots says how the time for submissions is counted.
func slots(r *round.Round) string {
	if r.Fair.SubmissionSlots == 0 {
		return "any slot until they close"
	}
	return fmt.Sprintf("%d slots, from slot %d, and until they close at most", r.Fair.SubmissionSlots, r.FirstSlot)
}

func sealedTest(r *round.Round) string {
	switch {
	case !r.HasHoldout():
		return "none: the public test split"
	case r.HoldoutRevealed:
		return "yes, its key is revealed"
	}
	return "yes, its key is not revealed yet"
}

func percent(hundredths uint64) string {
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}

func yes(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }
