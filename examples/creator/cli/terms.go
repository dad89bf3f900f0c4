package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// terms are the flags that say what a round is to be like; where one is not
// given, the setting counts.
type terms struct {
	reward     app.SOL
	minRating  app.Stars
	quorum     int
	stake      string
	rule       string
	open       bool
	yes        bool
	fairFlags  fairFlags
	plainFlags plainFlags
}

// plainFlags are for open rounds only.
type plainFlags struct {
	baseWindow   string
	deadline     app.Seconds
	commitReveal bool
	commitFor    app.Seconds
}

// rules are what --reward-rule takes, with what each invites.
var rules = []struct {
	name   string
	rule   reward.Rule
	minded string
}{
	{"marginal", reward.Marginal, "each submission is paid for what it adds to the best one before it: copies earn nothing; of two equal ones the earlier takes all"},
	{"proportional", reward.Proportional, "each submission is paid for its improvement of the base: a second wallet is a second share, whatever its head"},
	{"win-rate", reward.WinRate, "the submissions with half of the best one's improvement or more are paid by how many of each other they beat: by how much does not matter, and a second wallet is a second share"},
}

func bindTerms(fs *flag.FlagSet) *terms {
	t := &terms{}
	fs.Var(&t.reward, "reward", "`SOL` to lock as the reward")
	app.Alias(fs, "r", "reward")
	fs.Var(&t.minRating, "min-rating", "`stars` that trainers need, 1.0 to 5.0 (default 1.0: everybody)")
	fs.Var(app.Int(&t.quorum, 1, rating.MaxValidations), "quorum", "`scores` that the base and each submission need (default 5; on localnet, with --open and without a committee 3)")
	fs.Var(app.Text(&t.stake, checkSOL), "validator-stake", "`SOL` that validators must have at stake (default 0.1; with --open on localnet none)")
	fs.StringVar(&t.rule, "reward-rule", "", "`rule`: marginal, what each submission adds to the best before it, of which copies earn nothing; proportional to the improvement, which pays every wallet that copies; or win-rate, how many of the others it beats (default marginal, with --open proportional)")
	fs.BoolVar(&t.open, "open", false, "a round as the Python kits know it: submissions and scores are public at once, so that others can copy them")
	fs.BoolVar(&t.yes, "yes", false, "do not ask before the reward is locked")
	t.fairFlags.bind(fs)
	p := &t.plainFlags
	fs.Var(app.Text(&p.baseWindow, checkTime), "base-window", "with --open: `time` in which only the base is scored (default 10m, on localnet none)")
	fs.Var(&p.deadline, "deadline", "with --open: `time` until anybody may close the round (default: the protocol's, 12h)")
	fs.BoolVar(&p.commitReveal, "commit-reveal", false, "with --open: scores are committed to first and revealed later, so that no validator can copy another's")
	fs.Var(&p.commitFor, "commit-window", "with --open: `time` to commit to a score, and as long again to reveal it (default: the protocol's, 30m)")
	return t
}

// check looks at what the chain is not needed for, before any work is done.
func (t *terms) check(cfg *config) error {
	if t.reward == 0 {
		return app.Usagef("a reward is needed: -r SOL, such as -r 0.5")
	}
	if t.minRating == 0 {
		t.minRating = cfg.MinRating
	}
	if t.quorum == 0 {
		t.quorum = cfg.Quorum
	}
	local := cfg.Network == "localnet"
	t.stake = first(t.stake, cfg.ValidatorStake, unless(local && t.open, "0.1"), "0")
	switch strings.ToLower(t.rule) {
	case "", "proportional", "marginal", "win-rate":
	default:
		return app.Usagef("--reward-rule: expected marginal, proportional or win-rate")
	}
	if t.open {
		return t.checkOpen(cfg)
	}
	if t.plainFlags != (plainFlags{}) {
		return app.Usagef("--deadline, --base-window, --commit-reveal and --commit-window go with --open: of a fair round, --pace sets all times")
	}
	return t.fairFlags.check(t, local)
}

func (t *terms) checkOpen(cfg *config) error {
	if t.quorum == 0 {
		t.quorum = decloud.DefaultQuorum
	}
	t.rule = first(t.rule, "proportional")
	if t.rewardRule() != reward.Proportional && t.quorum < rating.MinJudges {
		return app.Usagef("--reward-rule %s needs a quorum of %d at least", strings.ToLower(t.rule), rating.MinJudges)
	}
	if t.fairFlags != (fairFlags{}) {
		return app.Usagef("--pace, --committee and --bond are for fair rounds: leave out --open")
	}
	p := &t.plainFlags
	p.baseWindow = first(p.baseWindow, cfg.BaseWindow, unless(cfg.Network == "localnet", "10m"), "0")
	return nil
}

func unless(not bool, text string) string {
	if not {
		return ""
	}
	return text
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// openTerms are the terms of an open round: the protocol's, with what was asked
// for. The stake is never under the protocol's.
func (t *terms) openTerms(ctx context.Context, rounds *round.Client) (decloud.Terms, error) {
	p, err := rounds.Parameters(ctx)
	if err != nil {
		return decloud.Terms{}, err
	}
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return decloud.Terms{}, err
	}
	o := p.Options(now)
	o.MinPrevalidations, o.MinPostvalidations = uint8(t.quorum), uint8(t.quorum)
	stake, err := chain.ParseSOL(t.stake)
	if err != nil {
		return decloud.Terms{}, err
	}
	o.MinValidatorStake = max(stake, p.MinValidatorStake)
	var window app.Seconds
	if err := window.Set(t.plainFlags.baseWindow); err != nil {
		return decloud.Terms{}, err
	}
	o.BaseWindow = max(time.Duration(window).Truncate(time.Second), p.BaseWindow)
	o.CommitReveal = t.plainFlags.commitReveal
	if t.plainFlags.commitFor > 0 {
		o.CommitWindow = time.Duration(t.plainFlags.commitFor).Truncate(time.Second)
	}
	if t.plainFlags.deadline > 0 {
		if least := soonest(o); time.Duration(t.plainFlags.deadline) < least {
			return decloud.Terms{}, app.Usagef("--deadline %s leaves no time for submissions: the last %s are for their scores, so that %s is the least",
				app.Duration(time.Duration(t.plainFlags.deadline)), app.Duration(o.ValidationWindow), app.Duration(least))
		}
		o.Deadline = now.Add(time.Duration(t.plainFlags.deadline)).Truncate(time.Second)
	}
	o.RewardRule = t.rewardRule()
	return decloud.Terms{Options: o, Made: now}, nil
}

// soonest is how long a round has to go at least: a minute is for submissions, before that the base is scored, and they are after it.
func soonest(o round.Options) time.Duration {
	opens := o.BaseWindow
	if o.CommitReveal {
		opens = 2 * o.CommitWindow
	}
	return time.Minute + opens + o.ValidationWindow
}

func (t *terms) rewardRule() reward.Rule {
	for _, r := range rules {
		if strings.EqualFold(r.name, t.rule) {
			return r.rule
		}
	}
	return reward.Marginal
}

// affords fails early where the wallet cannot pay the reward.
func (t *terms) affords(ctx context.Context, rounds *round.Client) error {
	has, err := rounds.Chain().Balance(ctx, rounds.Wallet())
	if err == nil && has < uint64(t.reward) {
		err = fmt.Errorf("%s has %s SOL, and %s are to be locked: %w", rounds.Wallet(), chain.FormatSOL(has), t.reward.String(), chain.ErrInsufficientFunds)
	}
	return err
}

// parseDataset reads the data set of a round, which is one for classification.
func parseDataset(c *app.Call, cfg *config, name string) (dataset.ID, error) {
	if name == "" {
		return 0, app.Usagef("a data set is needed: -d NAME, such as -d Cifar10; %s lists them", c.Command("datasets"))
	}
	id, err := c.ParseDataset(&cfg.Common, name)
	if err == nil && id.Known() && id.Info().Classes == 1 {
		err = fmt.Errorf("%s is a data set for regression, and rounds score classification only", id)
	}
	return id, err
}
