package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
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
	Source      string `json:"source,omitempty"` // where the trainer says that it is kept
}

// RoundDetails is all there is to see of a round.
type RoundDetails struct {
	RoundView
	BaseScores  []uint32       `json:"base_scores_bps"`
	Submissions []GradientView `json:"submissions"`
	// Remainder is what goes back to the creator once all have claimed, as
	// things stand, Withdrawn what of it has gone back; Held is what the vault
	// holds of the reward now.
	Remainder uint64 `json:"remainder_lamports"`
	Withdrawn uint64 `json:"withdrawn_lamports"`
	Held      uint64 `json:"held_lamports"`
	// Incomplete: some accounts of the round were closed, and shares are not known.
	Incomplete bool `json:"incomplete,omitempty"`
	// Where the rest of the reward goes, as things stand: to trainers and validators, after
	// the fee, and to the treasury. LostBonds, of a fair round, are divided with the reward.
	Trainers   uint64 `json:"trainers_lamports"`
	Validators uint64 `json:"validators_lamports"`
	Fees       uint64 `json:"fees_lamports"`
	LostBonds  uint64 `json:"lost_bonds_lamports"`
}

// ShowRoundCommand is a command that shows a round.
func ShowRoundCommand[C Config](name string, load func(*Call) (C, error)) Command {
	return Command{Name: name, Args: "<round_id>", Summary: "show a round: scores, submissions, shares", Bind: func(fs *flag.FlagSet) Action {
		report := ReportRoundFlag(fs)
		return func(ctx context.Context, c *Call) error {
			id, err := ParseRoundID(c.Args[0])
			if err != nil {
				return err
			}
			return WithChain(c, load, func(_ C, rounds *round.Client) error { return AboutRound(id, c.ShowRound(ctx, rounds, id, *report)) })
		}
	}}
}

// ReportRoundFlag declares --report of a command that shows a round.
func ReportRoundFlag(fs *flag.FlagSet) *string {
	return ReportFlag(fs, "the round, its submissions and where the reward goes")
}

// ShowRound shows all of a round, also as a report if there is a file for one.
func (c *Call) ShowRound(ctx context.Context, rounds *round.Client, id uint64, report string) error {
	r, err := rounds.Round(ctx, id)
	if err != nil {
		return err
	}
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return err
	}
	d := RoundDetails{RoundView: ViewRound(r, now), BaseScores: r.BaseScores, Submissions: []GradientView{}}
	if d.Phase != round.PhaseForeign {
		if err := d.shares(ctx, rounds, r); err != nil {
			return err
		}
	}
	if err := chart.Write(report, d.page(now)); err != nil {
		return err
	}
	return c.Print(d, func(w io.Writer) { d.write(w, now) })
}

// shares fills in the submissions and what everybody gets as things stand.
func (d *RoundDetails) shares(ctx context.Context, rounds *round.Client, r *round.Round) error {
	gradients, err := rounds.Gradients(ctx, r.ID)
	if err != nil {
		return err
	}
	sources, err := rounds.Sources(ctx, r.ID)
	if err != nil {
		return err
	}
	statement, err := rounds.Statement(ctx, r.ID)
	switch {
	case errors.Is(err, round.ErrIncomplete): // long over: rent was taken back
		d.Incomplete = true
	case err != nil:
		return err
	}
	d.Remainder, d.Fees, d.LostBonds = statement.Remainder, statement.Fees, statement.Shares.Bond*uint64(statement.Shares.BondsLost)
	for _, l := range statement.Lines {
		if l.Role == reward.Trainer {
			d.Trainers += l.Payment.Net
		} else {
			d.Validators += l.Payment.Net
		}
	}
	for _, g := range gradients {
		v := GradientView{Trainer: g.Trainer.String(), CID: Plain(g.CID), Validations: len(g.Scores), Accuracy: g.Consensus, Improvement: g.Improvement, Claimed: g.RewardClaimed}
		for _, l := range statement.Lines {
			if l.Role == reward.Trainer && l.Claimant == g.Trainer {
				v.Share = l.Payment.Net
			}
		}
		for _, s := range sources {
			if s.Trainer == g.Trainer {
				v.Source = Plain(s.Text)
			}
		}
		d.Submissions = append(d.Submissions, v)
	}
	switch vault, err := rounds.Vault(ctx, r.ID); {
	case errors.Is(err, chain.ErrNotFound): // it is closed once nothing is left
		d.Withdrawn = d.Remainder
	case err != nil:
		return err
	default:
		d.Withdrawn = vault.Withdrawn
		d.Held = r.Reward - vault.PaidTrainers - vault.PaidValidators - vault.Fees - vault.Withdrawn
	}
	return nil
}

// What is said of rounds that cannot be shown whole.
const (
	foreignRound  = "Another version of the program wrote this round: it can be read, but not joined."
	sharesUnknown = "Accounts of this round were closed to take their rent back: the shares are no longer known."
)

// pairs are names and values for [Fields].
func (d *RoundDetails) pairs(now time.Time) []string {
	base := "not scored yet"
	if len(d.BaseScores) > 0 {
		base = rating.FormatAccuracy(d.BaseAccuracy)
	}
	pairs := []string{"Phase", string(d.Phase), "Dataset", d.Dataset, "Reward", chain.FormatSOL(d.Reward) + " SOL",
		"Min rating", rating.Stars(d.MinRating).String(), "Creator", d.Creator, "Model", d.ModelCID,
		"Base accuracy", fmt.Sprintf("%s (%d of %d scores)", base, d.Prevalidations, d.BaseQuorum),
		"Submissions", fmt.Sprint(d.Gradients)}
	if d.Phase == round.PhaseForeign {
		return pairs
	}
	pairs = append(append(pairs, "Task", d.Task, "Reward rule", d.Rule), d.Fair.pairs()...)
	return append(pairs, "Validator stake", chain.FormatSOL(d.MinStake)+" SOL at least", "Created", d.Created.Format(time.RFC3339),
		"Submissions close", d.closes(), "Deadline", d.deadline(now),
		"In the vault", chain.FormatSOL(d.Held)+" SOL", "For the creator", d.back())
}

// accuracy of a submission; a dash where nobody has scored it.
func (g GradientView) accuracy() string {
	if g.Validations == 0 {
		return "-"
	}
	return rating.FormatAccuracy(g.Accuracy)
}

// gain of a submission over the base, in points of a hundred; a dash where nobody has scored it.
func (g GradientView) gain() string {
	if g.Validations == 0 {
		return "-"
	}
	return fmt.Sprintf("+%d.%02d", g.Improvement/100, g.Improvement%100)
}

func (d *RoundDetails) write(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "Round #%d\n", d.ID)
	Fields(w, d.pairs(now)...)
	if d.Phase == round.PhaseForeign {
		fmt.Fprintln(w, "  "+foreignRound)
		return
	}
	if d.Incomplete {
		fmt.Fprintln(w, "  "+sharesUnknown)
	}
	if len(d.Submissions) == 0 {
		return
	}
	var rows [][]string
	for _, g := range d.Submissions {
		rows = append(rows, []string{g.Trainer, g.accuracy(), g.gain(),
			fmt.Sprintf("%d/%d", g.Validations, d.Quorum), chain.FormatSOL(g.Share), yes(g.Claimed), g.CID})
	}
	fmt.Fprintln(w)
	Table(w, "TRAINER ACCURACY GAIN SCORES SOL CLAIMED CID", rows)
	for _, g := range d.Submissions {
		if g.Source != "" {
			fmt.Fprintf(w, "  %s keeps its submission at %s\n", g.Trainer, g.Source)
		}
	}
}

// deadline of the round, and how far off it is while that matters.
func (d *RoundDetails) deadline(now time.Time) string {
	at := d.Deadline.Format(time.RFC3339)
	if !d.Phase.Active() {
		return at
	}
	return at + " (" + left(d.RoundView, now) + ")"
}

// back is what goes back to the creator, or has gone.
func (d *RoundDetails) back() string {
	if d.Withdrawn > 0 {
		return fmt.Sprintf("%s SOL, of which %s SOL were withdrawn", chain.FormatSOL(d.Remainder), chain.FormatSOL(d.Withdrawn))
	}
	return chain.FormatSOL(d.Remainder) + " SOL once all have claimed, as things stand"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
