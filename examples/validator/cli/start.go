package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/validator"
)

func startCommand() app.Command {
	return app.Command{
		Name: "start", Summary: "score rounds and claim, until you stop it",
		Long: `Rounds are scored whose data set you have the test split of. What is on chain tells what is left to do, so that it goes
on where it was after a restart. Flags count for this run only. With --json, one JSON object a line tells what happens.
Ctrl-C stops it (exit status 130).`,
		Bind: func(fs *flag.FlagSet) app.Action {
			var datasets app.Names
			fs.Var(&datasets, "dataset", "data sets to score on, `names` with commas between")
			metrics := app.MetricsFlag(fs)
			noClaim := fs.Bool("no-auto-claim", false, "do not claim rewards; claim by hand")
			var onnxruntime string
			runner := app.RunnerSetting(&onnxruntime)
			fs.Var(runner.Value, runner.Key, runner.Help)
			noScore := fs.Bool("no-auto-validate", false, "do not score, only claim")
			report := app.ReportDaemonFlag(fs)
			return func(ctx context.Context, c *app.Call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				if len(datasets) > 0 {
					cfg.Datasets = datasets
				}
				if onnxruntime != "" {
					cfg.ONNXRuntime = onnxruntime
				}
				cfg.AutoClaim, cfg.AutoValidate = cfg.AutoClaim && !*noClaim, cfg.AutoValidate && !*noScore
				return start(ctx, c, cfg, *metrics, *report)
			}
		},
	}
}

func start(ctx context.Context, c *app.Call, cfg *config, metrics, report string) (err error) {
	if cfg.ShareHeads {
		if err := c.CanPublish(&cfg.Common); err != nil {
			return err
		}
	}
	data, err := cfg.data(ctx, c)
	if err != nil {
		return err
	}
	c.LimitMemory(int64(cfg.Memory) << 20)
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return err
	}
	staked, err := atStake(ctx, client)
	if err != nil {
		return err
	}
	meter, err := c.Meter(metrics, client.Store, client.Chain)
	if err != nil {
		return err
	}
	runner, done, err := c.Runner(cfg.ONNXRuntime)
	if err != nil {
		return err
	}
	defer done()
	cfg.runner = runner
	finish := c.Report(report, "decloud-validator", "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String())
	defer func() { err = errors.Join(err, finish()) }()
	defer c.Live(ctx, client.Rounds, nil)()
	tell := c.Teller()
	told := func(e validator.Event) { tellEvent(tell, e) }
	if meter != nil {
		told = meter.Validator(told)
	}
	return c.Serve(ctx, app.Metering(meter, metrics), func(ctx context.Context) error {
		return client.Validate(ctx, cfg.worker(client, c, data, func(e validator.Event) {
			if e.Kind == validator.EventStarted {
				banner(c, cfg, client, data, staked)
				return
			}
			told(e)
		}))
	})
}

// banner shows what the daemon does, once it is sure to be the only one.
func banner(c *app.Call, cfg *config, client *decloud.Client, data map[dataset.ID]dataset.Dataset, staked uint64) {
	var have []string
	for _, id := range slices.Sorted(maps.Keys(data)) {
		have = append(have, fmt.Sprintf("%s (%d samples)", id, data[id].Len()))
	}
	c.Banner("DECLOUD Validator Daemon", "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String(),
		"Data", strings.Join(have, ", "), "Samples", samples(cfg.Samples), "Max parallel", fmt.Sprint(cfg.MaxConcurrent),
		"At stake", chain.FormatSOL(staked)+" SOL", "Auto-validate", app.OnOff(cfg.AutoValidate), "Auto-claim", app.OnOff(cfg.AutoClaim))
	if !c.JSON {
		fmt.Fprintln(c.Out, "  Listening for rounds… (Ctrl-C to stop)")
	}
	if staked == 0 {
		c.Note("fair rounds ask validators for a stake, as a rule 0.1 SOL from before submissions close: %s", c.Command("stake 0.1"))
	}
}

// atStake is what this validator has at stake, in lamports.
func atStake(ctx context.Context, client *decloud.Client) (uint64, error) {
	s, err := client.Rounds.Stake(ctx, client.Rounds.Wallet())
	if errors.Is(err, chain.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return s.Amount, nil
}

func samples(n int) string {
	if n == 0 {
		return "all of a package"
	}
	return fmt.Sprintf("the first %d of a package", n)
}

// tellEvent tells what a worker does.
func tellEvent(t *app.Teller, e validator.Event) {
	out := app.Event{Kind: string(e.Kind), Signature: e.Signature}
	if e.HasRound {
		out.Round = &e.RoundID
	}
	if !e.Trainer.IsZero() {
		out.Trainer = e.Trainer.String()
	}
	if e.Err != nil {
		out.Error = e.Err.Error()
	}
	switch e.Kind {
	case validator.EventBase:
		out.Accuracy = &e.Score.Accuracy
		t.Tell(out, "%s the base: %s", verb(e), rating.FormatAccuracy(e.Score.Accuracy))
	case validator.EventGradient:
		out.Accuracy = &e.Score.Accuracy
		t.Tell(out, "%s the submission of %s: %s%s", verb(e), e.Trainer, rating.FormatAccuracy(e.Score.Accuracy), remark(e.Score))
	case validator.EventRevealed:
		t.Tell(out, "revealed the score of %s", subject(e.Trainer))
	case validator.EventClaimed:
		out.Lamports = &e.Lamports
		t.Tell(out, "claimed %s SOL for the score of %s", chain.FormatSOL(e.Lamports), subject(e.Trainer))
	case validator.EventEmbedding:
		out.Encoder = e.Ran.Where
		t.Tell(out, "%s", e.Ran)
	case validator.EventUnsealed:
		t.Tell(out, "scored on the public test, not on the sealed one: %v", e.Err)
	case validator.EventFinalized, validator.EventSlashed, validator.EventSettled, validator.EventDrawn:
		t.Tell(out, "%s", app.Duty(string(e.Kind), e.Validator, e.Settled))
	case validator.EventRefused:
		t.Tell(out, "skipped: %v", e.Err)
	default:
		t.Failed(out, e.Err, e.Retry)
	}
}

func verb(e validator.Event) string {
	if e.Committed {
		return "committed to a score of"
	}
	return "scored"
}

func subject(trainer solana.PublicKey) string {
	if trainer.IsZero() {
		return "the base"
	}
	return trainer.String()
}

// remark says why a submission is not scored by its accuracy alone.
func remark(s validator.Score) string {
	if s.Reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", s.Verdict, s.Reason)
}
