package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// termsView is what a round would be like. Amounts are lamports, times seconds from its
// creation on.
type termsView struct {
	Fair      bool     `json:"fair"`
	Task      string   `json:"task"` // what is submitted: heads or data
	Slots     uint32   `json:"submission_slots,omitempty"`
	Dataset   string   `json:"dataset"`
	Reward    uint64   `json:"reward_lamports"`
	MinRating uint16   `json:"min_rating"`
	Rule      string   `json:"reward_rule"`
	Quorum    uint8    `json:"quorum"`
	Stake     uint64   `json:"min_validator_stake_lamports"`
	Bond      uint64   `json:"bond_lamports"`
	Committee uint8    `json:"committee"`
	Drawable  int      `json:"stakes_drawable"`
	Seats     float64  `json:"seats_on_average"`
	Tolerance uint16   `json:"outlier_tolerance_bps"`
	Opens     int      `json:"submissions_open_after"`
	Closes    int      `json:"submissions_close_after"`
	Scoring   int      `json:"scoring_starts_after"`
	Paid      int      `json:"deadline_after"`
	Notes     []string `json:"notes"`
}

func (t *terms) view(of decloud.Terms, id dataset.ID) termsView {
	o := of.Options
	seconds := func(at time.Time) int { return int(at.Sub(of.Made).Seconds() + 0.5) }
	v := termsView{Fair: of.Fair != nil, Task: round.TaskHeads.String(), Dataset: id.String(), Reward: uint64(t.reward), MinRating: uint16(t.minRating), Rule: o.RewardRule.String(),
		Quorum: o.MinPostvalidations, Stake: o.MinValidatorStake, Opens: int(o.BaseWindow.Seconds()),
		Closes: seconds(o.Deadline.Add(-o.ValidationWindow)), Paid: seconds(o.Deadline), Notes: t.notes(of, id)}
	if f := of.Fair; f != nil {
		v.Bond, v.Committee, v.Drawable, v.Seats, v.Tolerance = f.Bond, f.Committee, of.Drawable, of.Seats, f.OutlierTolerance
		v.Scoring = v.Closes + int(f.PublishWindow.Seconds())
		v.Task, v.Slots = f.Task.String(), f.SubmissionSlots
	}
	return v
}

// notes say what the terms invite.
func (t *terms) notes(of decloud.Terms, id dataset.ID) (notes []string) {
	for _, r := range rules {
		if r.rule == of.Options.RewardRule {
			notes = append(notes, "rule "+r.name+": "+r.minded)
		}
	}
	if why := refused(t.preview(of, id)); why != "" {
		notes = append(notes, "trainers leave such a round alone where their settings do not say otherwise: "+why)
	}
	if of.Fair == nil {
		return append(notes, "an open round: who sees a submission can copy it before it is paid, who sees scores can copy those, and many wallets can outvote honest validators")
	}
	switch {
	case t.fairFlags.holdout != "":
		notes = append(notes, "a sealed test: keep \"start\" running when submissions close, which reveals its key. Without the key, or if nobody is better on it, what nobody earned is the treasury's. Trainers take sealed tests of creators they know only")
	case id.Known():
		notes = append(notes, fmt.Sprintf("the test split of %s is everybody's: %s wins over those who do not, and no term of a round changes that", id, map[round.Task]string{round.TaskHeads: "a trainer who trains on it", round.TaskData: "who submits it, changed a little,"}[of.Fair.Task]))
	}
	quorum := float64(of.Options.MinPostvalidations)
	switch {
	case of.Fair.Committee == 0 && of.Drawable < int(quorum):
		notes = append(notes, fmt.Sprintf("%d validators have the stake, and %d are needed by the time that scoring starts", of.Drawable, of.Options.MinPostvalidations))
	case of.Fair.Committee > 0 && of.Seats < quorum:
		notes = append(notes, fmt.Sprintf("the first sitting draws %s on average, fewer than the quorum: a later one, which draws twice as many, may have to end the round", seats(of.Seats)))
	}
	return notes
}

// seats is how many validators are drawn on average.
func seats(n float64) string {
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
	if text == "1" {
		return "1 validator"
	}
	return text + " validators"
}

// preview is the round as trainers would see it. What the terms do not say stays out of their way.
func (t *terms) preview(of decloud.Terms, id dataset.ID) *round.Round {
	return &round.Round{Version: round.Version, CreatedAt: of.Made, Dataset: round.Dataset(id), Reward: uint64(t.reward), MinRating: rating.Stars(t.minRating),
		Options: of.Options, Fair: of.Fair, ClaimPeriod: 365 * 24 * time.Hour}
}

// refused is why a trainer with the default policy leaves a round alone, on any network; empty where it does not.
func refused(r *round.Round) string {
	err := trainer.Policy{AnyHoldout: true}.Refuse(r, rating.Cap, r.CreatedAt)
	if refusal := (*round.RefusedError)(nil); errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}

func (v termsView) write(w io.Writer) {
	kind := "fair: submissions sealed, scores committed to first"
	if !v.Fair {
		kind = "open"
	}
	after := func(seconds int) string { return app.Duration(time.Duration(seconds)*time.Second) + " after creation" }
	pairs := []string{"Round", kind, "Task", v.Task, "Dataset", v.Dataset, "Reward", chain.FormatSOL(v.Reward) + " SOL, locked now", "Reward rule", v.Rule,
		"Min rating", rating.Stars(v.MinRating).String(), "Quorum", fmt.Sprintf("%d scores of the base and of each submission", v.Quorum),
		"Validator stake", chain.FormatSOL(v.Stake) + " SOL at least"}
	if v.Fair {
		committee := fmt.Sprintf("about %d drawn by lot, out of %d with the stake", v.Committee, v.Drawable)
		if v.Committee == 0 {
			committee = fmt.Sprintf("none: whoever has the stake may score, %d have it now", v.Drawable)
		}
		pairs = append(pairs, "Committee", committee, "Bond", chain.FormatSOL(v.Bond)+" SOL of each submission", "Outliers", fmt.Sprintf("%d.%02d points off the median", v.Tolerance/100, v.Tolerance%100))
	}
	pairs = append(pairs, "Submissions", fmt.Sprintf("from %s to %s", app.Duration(time.Duration(v.Opens)*time.Second), after(v.Closes)))
	if v.Slots > 0 {
		pairs = append(pairs, "Slots", fmt.Sprintf("%d at most, about %s", v.Slots, app.Duration(time.Duration(v.Slots)*round.SlotTime)))
	}
	if v.Fair {
		pairs = append(pairs, "Scoring", "from "+after(v.Scoring))
	}
	app.Fields(w, append(pairs, "Paid", "from "+after(v.Paid))...)
	for _, n := range v.Notes {
		fmt.Fprintln(w, "  note: "+app.Plain(n))
	}
}

// of are the terms on chain that were asked for. pkg may be nil for an open round.
func (t *terms) of(ctx context.Context, client *decloud.Client, pkg *packagefmt.Package) (decloud.Terms, error) {
	if t.open && pkg != nil && pkg.Config.Task != nil {
		return decloud.Terms{}, app.Usagef("a package with a task is that of a data round, which is a fair one: leave out --open")
	}
	if t.open {
		return t.openTerms(ctx, client.Rounds)
	}
	return t.fairTerms(ctx, client, pkg)
}

// agree shows what is about to be signed, and asks, unless this is a dry run. That shows terms
// also where too few have staked for them.
func (t *terms) agree(ctx context.Context, c *app.Call, of decloud.Terms, id dataset.ID) error {
	v, lacking := t.view(of, id), t.enough(c, of)
	if c.Dry() {
		return cmp.Or(c.Print(v, v.write), lacking)
	}
	if lacking != nil {
		return lacking
	}
	v.write(c.Err)
	if t.yes {
		return nil
	}
	fmt.Fprintf(c.Err, "Lock %s SOL on these terms? yes or no [no]: ", t.reward.String())
	answer := make(chan string, 1)
	go func() { // a reader of a terminal cannot be interrupted
		text, _ := bufio.NewReader(io.LimitReader(c.In, 64)).ReadString('\n')
		answer <- text
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case text := <-answer:
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "y") {
			return nil
		}
	}
	return app.Usagef("nothing was published or paid: answer yes, or say --yes")
}
