package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// GradientView is a submission as it is shown.
type GradientView struct {
	Trainer     string `json:"trainer"`
	CID         string `json:"cid"`
	Validations int    `json:"validations"`
	Accuracy    uint32 `json:"accuracy_bps"`
	Improvement uint64 `json:"improvement_bps"`
	Share       uint64 `json:"share_lamports"` // net; what it comes to as things stand
	Claimed     bool   `json:"claimed"`
}

// RoundDetails is all there is to see of a round.
type RoundDetails struct {
	RoundView
	BaseScores  []uint32       `json:"base_scores_bps"`
	Submissions []GradientView `json:"submissions"`
	// Remainder is what goes back to the creator once all have claimed, as
	// things stand; Held is what the vault holds of the reward now.
	Remainder uint64 `json:"remainder_lamports"`
	Held      uint64 `json:"held_lamports"`
}

// ShowRound shows all of a round.
func (c *Call) ShowRound(ctx context.Context, chain *round.Client, id uint64) error {
	r, err := chain.Round(ctx, id)
	if err != nil {
		return err
	}
	now, err := chain.Now(ctx)
	if err != nil {
		return err
	}
	d := RoundDetails{RoundView: ViewRound(r, now), BaseScores: r.BaseScores, Submissions: []GradientView{}}
	if d.Phase != Foreign {
		if err := d.shares(ctx, chain, r); err != nil {
			return err
		}
	}
	return c.Print(d, func(w io.Writer) { d.write(w, now) })
}

// shares fills in the submissions and what everybody gets as things stand.
func (d *RoundDetails) shares(ctx context.Context, chain *round.Client, r *round.Round) error {
	gradients, err := chain.Gradients(ctx, r.ID)
	if err != nil {
		return err
	}
	statement, err := Statement(ctx, chain, r, gradients)
	if err != nil {
		return err
	}
	d.Remainder = statement.Remainder
	for _, g := range gradients {
		v := GradientView{Trainer: g.Trainer.String(), CID: Plain(g.CID), Validations: len(g.Scores), Accuracy: g.Consensus, Improvement: g.Improvement, Claimed: g.RewardClaimed}
		for _, l := range statement.Lines {
			if l.Role == reward.Trainer && l.Claimant == g.Trainer {
				v.Share = l.Payment.Net
			}
		}
		d.Submissions = append(d.Submissions, v)
	}
	switch vault, err := chain.Vault(ctx, r.ID); {
	case errors.Is(err, round.ErrNotFound):
	case err != nil:
		return err
	default:
		d.Held = r.Reward - vault.PaidTrainers - vault.PaidValidators - vault.Fees - vault.Withdrawn
	}
	return nil
}

// Statement is who gets what of a round as things stand.
func Statement(ctx context.Context, chain *round.Client, r *round.Round, gradients []*round.Gradient) (reward.Statement, error) {
	o := reward.Outcome{Terms: r.Terms(), BaseQuorum: r.Options.MinPrevalidations,
		GradientQuorum: r.Options.MinPostvalidations, OutlierTolerance: r.OutlierTolerance}
	base, err := chain.PreValidations(ctx, r.ID)
	if err != nil {
		return reward.Statement{}, err
	}
	for _, p := range base {
		o.Base = append(o.Base, reward.Score{Validator: p.Validator, Accuracy: p.Accuracy})
	}
	index := map[solana.PublicKey]int{}
	for i, g := range gradients {
		index[g.Trainer] = i
		o.Gradients = append(o.Gradients, reward.Gradient{Trainer: g.Trainer})
	}
	posts, err := chain.PostValidations(ctx, r.ID)
	if err != nil {
		return reward.Statement{}, err
	}
	for _, p := range posts {
		if i, ok := index[p.Trainer]; ok { // not one that came in between the queries
			o.Gradients[i].Scores = append(o.Gradients[i].Scores, reward.Score{Validator: p.Validator, Accuracy: p.Accuracy})
		}
	}
	return reward.Divide(o)
}

func (d *RoundDetails) write(w io.Writer, now time.Time) {
	base := "not scored yet"
	if len(d.BaseScores) > 0 {
		base = rating.FormatAccuracy(d.BaseAccuracy)
	}
	fmt.Fprintf(w, "Round #%d\n", d.ID)
	Fields(w, "Phase", string(d.Phase), "Dataset", d.Dataset, "Reward", FormatSOL(d.Reward)+" SOL",
		"Min rating", rating.Stars(d.MinRating).String(), "Creator", d.Creator, "Model", d.ModelCID,
		"Base accuracy", fmt.Sprintf("%s (%d of %d scores)", base, d.Prevalidations, d.BaseQuorum),
		"Submissions", fmt.Sprint(d.Gradients))
	if d.Phase == Foreign {
		fmt.Fprintln(w, "  Another version of the program wrote this round: it can be read, not taken part in.")
		return
	}
	Fields(w, "Validator stake", FormatSOL(d.MinStake)+" SOL at least", "Created", d.Created.Format(time.RFC3339),
		"Submissions close", d.Closes.Format(time.RFC3339), "Deadline", d.Deadline.Format(time.RFC3339)+" ("+left(d.RoundView, now)+")",
		"In the vault", FormatSOL(d.Held)+" SOL", "For the creator", FormatSOL(d.Remainder)+" SOL once all have claimed, as things stand")
	if len(d.Submissions) == 0 {
		return
	}
	var rows [][]string
	for _, g := range d.Submissions {
		rows = append(rows, []string{g.Trainer, rating.FormatAccuracy(g.Accuracy), fmt.Sprintf("+%d.%02d", g.Improvement/100, g.Improvement%100),
			fmt.Sprintf("%d/%d", g.Validations, d.Quorum), FormatSOL(g.Share), yes(g.Claimed), g.CID})
	}
	fmt.Fprintln(w)
	Table(w, "TRAINER ACCURACY GAIN SCORES SOL CLAIMED CID", rows)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Paid adds up what receipts say the wallet was paid.
func Paid(receipts []round.Receipt) (lamports uint64) {
	for _, r := range receipts {
		for _, e := range r.Events {
			switch e := e.(type) {
			case round.TrainerRewardClaimed:
				lamports += e.Amount
			case round.ValidatorRewardClaimed:
				lamports += e.Amount
			case round.RemainderWithdrawn:
				lamports += e.Amount
			}
		}
	}
	return lamports
}
