package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/validator"
)

// judging are the flags of validator.
type judging struct {
	role
	blocks int
	stake  string
	test   string
}

func validatorCommand() app.Command {
	return app.Command{
		Name: "validator", Summary: "score what is submitted to a contest, and claim: validator --netuid 12",
		Long: `Fetches what miners have submitted once submissions are closed, trains an adapter on each, scores the model on the test,
commits to the score, reveals it, and claims. The test is the data set's test split, which is downloaded where it is known, or
--test. Scores are the same on every machine; what was learned is kept, so that unchanged data costs nothing in the next
epoch. Ctrl-C stops it (exit status 130); started again, it goes on.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			j := &judging{}
			j.bind(fs)
			fs.Var(app.Int(&j.blocks, 1, math.MaxInt32/slotsPerBlock), "blocks_per_epoch", "take part only in epochs that take submissions for so many `blocks` of 12 s, which are 30 slots each, at least (default: in all)")
			fs.Var(app.Text(&j.stake, checkSOL), "stake", "`SOL` to have at stake before it begins; what is missing is added (default: what there is)")
			fs.Var(app.Path(&j.test), "test", "`path` of your own copy of the test split, in a form that \"dataset set\" takes")
			return j.run
		},
	}
}

func (j *judging) run(ctx context.Context, c *app.Call) error {
	cfg, client, err := j.open(ctx, c, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	of, _, id, err := j.find(ctx, c, client)
	if err != nil {
		return err
	}
	test, err := openTest(ctx, c, cfg, id, j.test)
	if err != nil {
		return err
	}
	staked, err := j.staked(ctx, client)
	if err != nil {
		return err
	}
	hub, err := c.HubOptions(&cfg.Common)
	if err != nil {
		return err
	}
	defer c.Live(ctx, client.Rounds, nil)()
	tell := c.Teller()
	c.Banner("DECLOUD Contest Validator", "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String(), "Contest", of.String(),
		"Test", fmt.Sprintf("%s (%d samples)", id, test.Len()), "At stake", chain.FormatSOL(staked)+" SOL")
	if staked == 0 {
		c.Note("epochs ask validators for a stake, as a rule 0.1 SOL: --stake 0.1")
	}
	if err := of.tellEpoch(ctx, c, client); err != nil {
		return err
	}
	return c.Serve(ctx, func(ctx context.Context) error {
		return client.Validate(ctx, validator.Config{
			Data: map[dataset.ID]dataset.Dataset{id: test}, Dir: workDir(c, client, "validating"), Poll: cfg.poll(), Memory: int64(cfg.Memory) << 20,
			MinBalance: uint64(cfg.MinBalance), MaxSpending: uint64(cfg.MaxSpending), Logger: j.logger(c), Observer: func(e validator.Event) { tellValidator(tell, e) },
			Policy:  validator.Policy{MaxStakeAtRisk: max(uint64(cfg.MaxAtRisk), 1), Veto: j.veto(of)},
			Sources: func(text string) (storage.Fetcher, error) { return huggingface.Open(text, hub) },
		})
	})
}

// openTest opens the test split: a copy of one's own, where its path is given.
func openTest(ctx context.Context, c *app.Call, cfg *config, id dataset.ID, path string) (dataset.Described, error) {
	if path != "" {
		return c.OpenFile(ctx, &cfg.Common, id, path)
	}
	return c.OpenDataset(ctx, &cfg.Common, id, dataset.Test)
}

// staked adds to the stake what is missing of --stake, and returns what there is.
func (j *judging) staked(ctx context.Context, client *decloud.Client) (uint64, error) {
	want, err := chain.ParseSOL(cmp.Or(j.stake, "0"))
	if err != nil {
		return 0, err
	}
	has := uint64(0)
	s, err := client.Rounds.Stake(ctx, client.Rounds.Wallet())
	switch {
	case err == nil:
		has = s.Amount
	case !errors.Is(err, chain.ErrNotFound):
		return 0, err
	}
	if has >= want {
		return has, nil
	}
	_, err = client.Rounds.AddStake(ctx, want-has)
	return want, err
}

// veto refuses rounds that are no epochs of the contest, and epochs that are too short.
func (j *judging) veto(of contest) func(*round.Round) error {
	return func(r *round.Round) error {
		if err := of.only(r); err != nil {
			return err
		}
		least := uint32(j.blocks) * slotsPerBlock
		if slots := r.Fair.SubmissionSlots; slots > 0 && slots < least || slots == 0 && r.SubmissionsClose().Sub(r.CreatedAt) < time.Duration(least)*round.SlotTime {
			return fmt.Errorf("it takes submissions for less than %d blocks (--blocks_per_epoch)", j.blocks)
		}
		return nil
	}
}

// tellValidator tells what the worker does.
func tellValidator(t *app.Teller, e validator.Event) {
	out := app.Event{Kind: string(e.Kind), Signature: e.Signature}
	if e.HasRound {
		out.Round = &e.RoundID
	}
	who := "the base"
	if !e.Trainer.IsZero() {
		who, out.Trainer = e.Trainer.String(), e.Trainer.String()
	}
	if e.Err != nil {
		out.Error = e.Err.Error()
	}
	switch e.Kind {
	case validator.EventStarted:
	case validator.EventRefused:
		tellRefused(t, out, e.Err)
	case validator.EventBase, validator.EventGradient:
		out.Accuracy = &e.Score.Accuracy
		why := ""
		if e.Score.Reason != "" {
			why = fmt.Sprintf(" (%s: %s)", e.Score.Verdict, e.Score.Reason)
		}
		t.Tell(out, "committed to a score of %s: %s%s", who, rating.FormatAccuracy(e.Score.Accuracy), why)
	case validator.EventRevealed:
		t.Tell(out, "revealed the score of %s", who)
	case validator.EventClaimed:
		out.Lamports = &e.Lamports
		t.Tell(out, "claimed %s SOL for the score of %s", chain.FormatSOL(e.Lamports), who)
	case validator.EventUnsealed:
		t.Tell(out, "scored on the public test, not on the sealed one: %v", e.Err)
	case validator.EventFailed:
		t.Failed(out, e.Err, e.Retry)
	default:
		t.Tell(out, "%s", app.Duty(string(e.Kind), e.Validator, e.Settled))
	}
}
