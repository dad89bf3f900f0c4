package cli

import (
	"context"
	"flag"
	"fmt"
	"math"
	"strings"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// fairFlags are for fair rounds only.
type fairFlags struct {
	pace      string
	committee string
	bond      string
	holdout   string
	slots     int
}

func (f *fairFlags) bind(fs *flag.FlagSet) {
	fs.StringVar(&f.pace, "pace", "", "`speed` of a fair round, which sets its deadline and windows: demo (paid after 2 minutes), quick (within the hour), day or week (default day, on localnet demo)")
	fs.Var(app.Int(&f.slots, 0, math.MaxInt32), "submission-slots", "take submissions for so many `slots` of about 0.4 s from creation on, at most; 0: as long as --pace says")
	f.bindOdds(fs)
}

// bindOdds is for whatever opens fair rounds.
func (f *fairFlags) bindOdds(fs *flag.FlagSet) {
	fs.StringVar(&f.committee, "committee", "", "`number` of validators that lots draw to score, about, up to 24; none: all who have the stake may (default 16)")
	fs.Var(app.Text(&f.bond, checkSOL), "bond", "`SOL` that each submission puts up, and loses if it is no better than the base (default: the fees of 24 scores, or a thousandth of the trainers' part)")
}

// bindHoldout is for the commands that make the package; keeper is the one that reveals the key.
func (f *fairFlags) bindHoldout(fs *flag.FlagSet, keeper string) {
	fs.Var(app.Path(&f.holdout), "holdout", "`path` of a test set that nobody else has, in a form that \"dataset set\" takes: it is sealed in the package, and counts in place of the public test; "+keeper+" reveals its key, and must run when submissions close, or what nobody earned is lost")
}

// paces are what --pace takes.
var paces = map[string]func() decloud.Pace{"demo": demoPace, "quick": decloud.QuickPace, "day": decloud.DayPace, "week": decloud.WeekPace}

// demoPace is for a chain of one's own, on which nobody needs time to come.
func demoPace() decloud.Pace {
	return decloud.Pace{Submit: 80 * time.Second, Publish: 10 * time.Second, Commit: 10 * time.Second}
}

func (f *fairFlags) check(t *terms, local bool) error {
	f.pace = strings.ToLower(f.pace)
	if f.pace == "" {
		f.pace = "day"
		if local {
			f.pace = "demo"
		}
	}
	if paces[f.pace] == nil {
		return app.Usagef("--pace: expected demo, quick, day or week")
	}
	if t.quorum == 0 && local {
		t.quorum = decloud.DefaultQuorum
	}
	if t.quorum != 0 && t.quorum < rating.MinJudges {
		return app.Usagef("a fair round needs a quorum of %d at least; --open takes less", rating.MinJudges)
	}
	return f.checkCommittee(t.quorum)
}

// checkCommittee looks at --committee, given the quorum that was asked for; 0: none was.
func (f *fairFlags) checkCommittee(quorum int) error {
	if f.committee != "" && !strings.EqualFold(f.committee, "none") {
		var n int
		least := max(quorum, rating.MinJudges)
		if app.Int(&n, least, rating.MaxValidations).Set(f.committee) != nil {
			return app.Usagef("--committee: expected none, or a number from the quorum (%d) to %d", least, rating.MaxValidations)
		}
	}
	return nil
}

// fairTerms are the terms of a fair round about a package.
func (t *terms) fairTerms(ctx context.Context, client *decloud.Client, pkg *packagefmt.Package) (decloud.Terms, error) {
	f := t.fairFlags
	out, err := client.FairTerms(ctx, decloud.LaunchOptions{Package: pkg, Reward: uint64(t.reward), Quorum: uint8(t.quorum), Pace: paces[f.pace]()})
	if err != nil {
		return out, err
	}
	if t.rule != "" || out.Fair.Task == round.TaskHeads { // a data round has a default of its own
		out.Options.RewardRule = t.rewardRule()
	}
	if out.Fair.SubmissionSlots, err = f.submissionSlots(); err != nil {
		return out, err
	}
	stake, err := chain.ParseSOL(t.stake)
	if err != nil {
		return out, err
	}
	p, err := client.Rounds.Parameters(ctx)
	if err != nil {
		return out, err
	}
	out.Options.MinValidatorStake = max(stake, p.MinValidatorStake)
	if err := t.bond(out.Fair); err != nil {
		return out, err
	}
	return t.committee(ctx, client, out)
}

// bond puts the bond that was asked for into the terms.
func (t *terms) bond(of *round.FairOptions) (err error) {
	text := t.fairFlags.bond
	if text == "" {
		return nil
	}
	if of.Bond, err = chain.ParseSOL(text); err != nil {
		return err
	}
	if of.Bond > uint64(t.reward) {
		return app.Usagef("--bond: nobody puts up %s SOL to earn %s", text, t.reward.String())
	}
	if of.Task == round.TaskData && of.Bond%(decloud.MaxEpochs+1) != 0 {
		return app.Usagef("--bond: in a data round its last four digits in lamports are a contest's: say whole 0.00001 SOL")
	}
	return nil
}

// submissionSlots are for how many slots submissions are taken; 0: as long as the pace says.
func (f *fairFlags) submissionSlots() (uint32, error) {
	opens := paces[f.pace]().Opens
	if open := time.Duration(f.slots) * round.SlotTime; f.slots > 0 && open <= opens {
		return 0, app.Usagef("--submission-slots: %d slots are over in %s, before submissions open after %s: say more, or a quicker --pace", f.slots, open, opens)
	}
	return uint32(f.slots), nil
}

// committee puts the committee that was asked for into the terms.
func (t *terms) committee(ctx context.Context, client *decloud.Client, out decloud.Terms) (decloud.Terms, error) {
	size, quorum := max(decloud.Committee, t.quorum), decloud.CommitteeQuorum
	switch text := t.fairFlags.committee; {
	case strings.EqualFold(text, "none"):
		size, quorum = 0, decloud.DefaultQuorum
	case text != "":
		if err := app.Int(&size, 1, rating.MaxValidations).Set(text); err != nil {
			return out, err
		}
		quorum = min(quorum, size)
	}
	if t.quorum != 0 {
		quorum = t.quorum
	}
	out.Fair.Committee = uint8(size)
	out.Options.MinPrevalidations, out.Options.MinPostvalidations = uint8(quorum), uint8(quorum)
	if size > 0 && out.Options.MinValidatorStake == 0 {
		return out, app.Usagef("lots are drawn by stakes: --validator-stake above 0, or --committee none")
	}
	return client.CountStakes(ctx, out)
}

// enough is why a committee could not reach its quorum, and what to do about it.
func (t *terms) enough(c *app.Call, of decloud.Terms) error {
	err := of.Check()
	if err == nil {
		return nil
	}
	lines := []string{"  Have validators stake, and launch then: " + c.Other("validator", "stake "+chain.FormatSOL(of.Options.MinValidatorStake))}
	if of.Options.MinPostvalidations > rating.MinJudges && of.Drawable >= rating.MinJudges {
		lines = append(lines, fmt.Sprintf("  Ask for fewer scores: --quorum %d", rating.MinJudges))
	}
	lines = append(lines, "  Let everybody score who stakes until scoring starts: --committee none", "  Among people who trust each other: --open")
	return fmt.Errorf("nothing was published or paid: %w\n%s", err, strings.Join(lines, "\n"))
}
