package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

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
	reward       app.SOL
	minRating    app.Stars
	quorum       int
	stake        string
	baseWindow   string
	deadline     app.Seconds
	rule         string
	commitReveal bool
	commitFor    app.Seconds
}

func bindTerms(fs *flag.FlagSet) *terms {
	t := &terms{}
	fs.Var(&t.reward, "reward", "`SOL` to lock as the reward")
	app.Alias(fs, "r", "reward")
	fs.Var(&t.minRating, "min-rating", "`stars` that trainers need, 1.0 to 5.0 (default 1.0: everybody)")
	fs.Var(app.Int(&t.quorum, 1, rating.MaxValidations), "quorum", "`scores` that the base and each submission need (default 3)")
	fs.Var(app.Text(&t.stake, checkSOL), "validator-stake", "`SOL` that validators must have at stake (default 0.1, on localnet none)")
	fs.Var(app.Text(&t.baseWindow, checkTime), "base-window", "`time` in which only the base is scored (default 10m, on localnet none)")
	fs.Var(&t.deadline, "deadline", "`time` until anybody may close the round (default: the protocol's, 12h)")
	fs.StringVar(&t.rule, "reward-rule", "proportional", "`rule`: proportional to the improvement, or marginal: what each adds to the best before it")
	fs.BoolVar(&t.commitReveal, "commit-reveal", false, "scores are committed to first and revealed later, so that no validator can copy another's")
	fs.Var(&t.commitFor, "commit-window", "`time` to commit to a score, and as long again to reveal it (default: the protocol's, 30m)")
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
	t.stake = first(t.stake, cfg.ValidatorStake, unless(local, "0.1"), "0")
	t.baseWindow = first(t.baseWindow, cfg.BaseWindow, unless(local, "10m"), "0")
	switch strings.ToLower(t.rule) {
	case "proportional":
	case "marginal":
		if t.quorum < rating.MinJudges {
			return app.Usagef("--reward-rule marginal needs a quorum of %d at least", rating.MinJudges)
		}
	default:
		return app.Usagef("--reward-rule: expected proportional or marginal")
	}
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

// options are the round's options on chain: the protocol's, with what was asked
// for. The stake is never under the protocol's.
func (t *terms) options(ctx context.Context, rounds *round.Client) (*round.Options, error) {
	p, err := rounds.Parameters(ctx)
	if err != nil {
		return nil, err
	}
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return nil, err
	}
	o := p.Options(now)
	o.MinPrevalidations, o.MinPostvalidations = uint8(t.quorum), uint8(t.quorum)
	stake, err := chain.ParseSOL(t.stake)
	if err != nil {
		return nil, err
	}
	o.MinValidatorStake = max(stake, p.MinValidatorStake)
	var window app.Seconds
	if err := window.Set(t.baseWindow); err != nil {
		return nil, err
	}
	o.BaseWindow = max(time.Duration(window).Truncate(time.Second), p.BaseWindow)
	o.CommitReveal = t.commitReveal
	if t.commitFor > 0 {
		o.CommitWindow = time.Duration(t.commitFor).Truncate(time.Second)
	}
	if t.deadline > 0 {
		o.Deadline = now.Add(time.Duration(t.deadline)).Truncate(time.Second)
	}
	if strings.EqualFold(t.rule, "marginal") {
		o.RewardRule = reward.Marginal
	}
	return &o, nil
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
		return 0, app.Usagef("a data set is needed: -d NAME, such as -d Cifar10; decloud-creator datasets lists them")
	}
	id, err := c.ParseDataset(&cfg.Common, name)
	if err == nil && id.Known() && id.Info().Classes == 1 {
		err = fmt.Errorf("%s is a data set for regression, and rounds score classification only", id)
	}
	return id, err
}
