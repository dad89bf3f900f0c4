package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

func listCommand() app.Command {
	return app.Command{Name: "list", Summary: "list rounds, the newest first", Bind: func(fs *flag.FlagSet) app.Action {
		var list app.Listing
		list.Bind(fs, "all")
		return func(ctx context.Context, c *app.Call) error {
			if err := list.Check(); err != nil {
				return err
			}
			return app.WithChain(c, load, func(_ *config, rounds *round.Client) error {
				mine, err := marks(ctx, c, rounds)
				if err != nil {
					return err
				}
				return list.Newest(ctx, c, rounds, mine)
			})
		}
	}}
}

// marks says what each round is to this wallet.
func marks(ctx context.Context, c *app.Call, rounds *round.Client) (func(*round.Round) string, error) {
	list, err := (&worklist{call: c}).read()
	if err != nil {
		return nil, err
	}
	own := map[uint64]*round.Gradient{}
	if !rounds.Wallet().IsZero() {
		all, err := rounds.GradientsOf(ctx, rounds.Wallet())
		if err != nil {
			return nil, err
		}
		for _, g := range all {
			own[g.RoundID] = g
		}
	}
	return func(r *round.Round) string {
		switch g := own[r.ID]; {
		case g != nil && g.RewardClaimed:
			return "claimed"
		case g != nil && r.Status == round.Finalized:
			return "to be claimed"
		case g != nil:
			return "submitted"
		case contains(list, r):
			return "joined"
		}
		return ""
	}, nil
}

// withRound is a command about one round, with a wallet.
func withRound(do func(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, id uint64) error) app.Action {
	return func(ctx context.Context, c *app.Call) error {
		id, err := app.ParseRoundID(c.Args[0])
		if err != nil {
			return err
		}
		return app.WithClient(c, load, func(cfg *config, client *decloud.Client) error {
			return do(ctx, c, cfg, client, id)
		})
	}
}

func joinCommand() app.Command {
	return app.Command{
		Name: "join", Args: "<round_id>", Summary: "add a round to your work list, whatever its reward",
		Long: `The daemon trains it once its base has its scores, even where your reward filters would leave it alone; so does
"train". Nothing about it goes on chain but, the first time, your trainer profile.`,
		Bind: func(*flag.FlagSet) app.Action { return withRound(join) },
	}
}

func join(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, id uint64) error {
	r, err := client.Rounds.Round(ctx, id)
	if err != nil {
		return app.AboutRound(id, err)
	}
	now, err := client.Chain.Now(ctx)
	if err != nil {
		return err
	}
	phase := r.Phase(now)
	switch {
	case phase != round.PhaseWaiting && phase != round.PhaseTraining:
		return fmt.Errorf("round %d is %s: it takes no submissions any more", id, phase)
	case r.Creator == client.Rounds.Wallet():
		return fmt.Errorf("round %d is your own: its creator cannot train in it", id)
	}
	have, err := stars(ctx, client.Rounds)
	if err != nil {
		return err
	}
	if err := cfg.openSubmit(c); err != nil {
		return err
	}
	if err := cfg.policyFor(cfg.least(), r).Refuse(r, have, now); err != nil {
		return fmt.Errorf("%w (%s takes rounds of few validators)", err, c.Command("config --set min_quorum=1"))
	}
	created, err := ensureProfile(ctx, client)
	if err != nil {
		return err
	}
	if c.Dry() { // the work list stays as it is
		return nil
	}
	fresh, err := (&worklist{call: c}).add(r)
	if err != nil {
		return err
	}
	view := map[string]any{"round_id": id, "joined": true, "new": fresh, "profile_created": created}
	return c.Print(view, func(w io.Writer) {
		fmt.Fprintf(w, "round #%d is in your work list (%s, %s SOL)\nnext: %s\n", id, dataset.ID(r.Dataset), chain.FormatSOL(r.Reward), c.Commandf("train %v", id))
	})
}

func trainCommand() app.Command {
	return app.Command{
		Name: "train", Args: "<round_id>", Summary: "train and submit for one round now",
		Long: `Submits a finished training run of this round, if there is one. To a data round it submits your data (--submit).
Flags apply to this run only. --dry-run trains nothing: it looks whether the round takes a submission of yours, whether your
data can be read, and what submitting costs.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := &overrides{own: newConfig().(*config)}
			bindTraining(fs, o.own)
			report := app.ReportFlag(fs, "how the training went, epoch by epoch,")
			return withRound(func(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, id uint64) error {
				if err := o.apply(fs, cfg); err != nil {
					return err
				}
				finish := c.Report(*report, fmt.Sprintf("Training for round %d", id), "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String())
				return errors.Join(train(ctx, c, cfg, client, id), finish())
			})
		},
	}
}

func train(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, id uint64) error {
	if err := c.CanPublish(&cfg.Common); err != nil {
		return err
	}
	r, err := client.Rounds.Round(ctx, id)
	if err != nil {
		return app.AboutRound(id, err)
	}
	if err := cfg.openSubmit(c); err != nil {
		return err
	}
	var data map[dataset.ID]dataset.Dataset
	if r.Task() != round.TaskData {
		if data, err = c.OpenData(ctx, &cfg.Common, []string{dataset.ID(r.Dataset).String()}, cfg.part()); err != nil {
			return err
		}
	} else if cfg.submit[dataset.ID(r.Dataset)] == nil {
		return fmt.Errorf("round %d takes data, not heads: say what to submit with --submit %s=DIRECTORY", id, dataset.ID(r.Dataset))
	}
	if c.Dry() {
		return trySubmission(ctx, cfg, client, r)
	}
	runner, done, err := c.Runner(cfg.ONNXRuntime)
	if err != nil {
		return err
	}
	defer done()
	cfg.runner = runner
	defer c.Working()()
	w, err := trainer.NewWorker(cfg.byHand(c, client, data, observer(c.Teller())))
	if err != nil {
		return err
	}
	if err := w.Train(ctx, id); err != nil {
		if errors.Is(err, trainer.ErrDirInUse) {
			return fmt.Errorf("another round is being trained by hand: %w", err)
		}
		return err
	}
	_, err = (&worklist{call: c}).add(r)
	return err
}

// noHead is the CID of an empty directory, which is as long as that of a head.
const noHead = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"

// trySubmission tries to submit to a round, as train does once it has trained.
func trySubmission(ctx context.Context, cfg *config, client *decloud.Client, r *round.Round) error {
	if err := takes(ctx, cfg, client, r); err != nil {
		return err
	}
	submission := round.SubmitGradient{RoundID: r.ID, GradientCID: noHead, Sealed: r.Sealed(), Trainer: client.Rounds.Wallet()}
	all := []round.Instruction{submission}
	if _, err := client.Rounds.Profile(ctx, client.Rounds.Wallet()); errors.Is(err, chain.ErrNotFound) {
		all = []round.Instruction{round.CreateTrainerProfile{Trainer: submission.Trainer}, submission}
	} else if err != nil {
		return err
	}
	_, err := client.Rounds.Send(ctx, all...)
	return err
}

// takes fails unless a round takes a submission of this wallet, on terms that the settings
// accept.
func takes(ctx context.Context, cfg *config, client *decloud.Client, r *round.Round) error {
	now, err := client.Chain.Now(ctx)
	if err != nil {
		return err
	}
	have, err := stars(ctx, client.Rounds)
	if err != nil {
		return err
	}
	if err := r.CanSubmit(client.Rounds.Wallet(), have, now); err != nil {
		return fmt.Errorf("round %d, which is %s, takes no submission of yours now: %w", r.ID, r.Phase(now), err)
	}
	return cfg.policyFor(cfg.least(), r).Refuse(r, have, now)
}

func statusCommand() app.Command {
	return app.Command{
		Name: "status", Args: "[round_id]", Summary: "show a round, or how you stand",
		Bind: func(fs *flag.FlagSet) app.Action {
			report := app.ReportFlag(fs, "the round, or what your rounds have paid,")
			return func(ctx context.Context, c *app.Call) error {
				return app.WithChain(c, load, func(cfg *config, rounds *round.Client) error {
					if len(c.Args) == 0 {
						return status(ctx, c, cfg, rounds, *report)
					}
					id, err := app.ParseRoundID(c.Args[0])
					if err != nil {
						return err
					}
					return app.AboutRound(id, c.ShowRound(ctx, rounds, id, *report))
				})
			}
		},
	}
}

func status(ctx context.Context, c *app.Call, cfg *config, rounds *round.Client, report string) error {
	st, err := c.ReadStatus(ctx, &cfg.Common, rounds)
	if err != nil {
		return err
	}
	view := struct {
		app.Status
		Rating     uint16 `json:"rating,omitempty"`
		Submitted  int    `json:"submitted"`
		Successful uint32 `json:"successful"`
		Unclaimed  int    `json:"unclaimed"`
	}{Status: st}
	if wallet, ok := st.HasWallet(); ok && st.Ready {
		profile, err := rounds.Profile(ctx, wallet)
		switch {
		case errors.Is(err, chain.ErrNotFound):
			view.Add("Rating", "no profile yet: it is created when you join the first round, with "+rating.Start.String())
		case err != nil:
			return err
		default:
			view.Rating, view.Successful = uint16(profile.Stars), profile.Successful
			view.Add("Rating", fmt.Sprintf("%s (%d judged, %d better than the base, %d worse)", profile.Stars, profile.Total, profile.Successful, profile.Slashed))
		}
		all, err := rounds.GradientsOf(ctx, wallet)
		if err != nil {
			return err
		}
		for _, g := range all {
			view.Submitted++
			if !g.RewardClaimed {
				view.Unclaimed++
			}
		}
		view.Add("Submissions", fmt.Sprintf("%d, %d of them not claimed yet", view.Submitted, view.Unclaimed))
		var ids []uint64
		for _, g := range all {
			ids = append(ids, g.RoundID)
		}
		if err := c.ReportEarnings(ctx, rounds, ids, report, view.Status); err != nil {
			return err
		}
	}
	return c.Print(view, view.Write)
}
