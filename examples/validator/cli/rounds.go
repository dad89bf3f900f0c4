package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

func roundsCommand() app.Command {
	return app.Command{Name: "rounds", Summary: "list active rounds, the newest first", Bind: func(fs *flag.FlagSet) app.Action {
		var list app.Listing
		list.Bind(fs, "active")
		return func(ctx context.Context, c *app.Call) error {
			if err := list.Check(); err != nil {
				return err
			}
			return app.WithChain(c, load, func(_ *config, rounds *round.Client) error {
				scored, err := scores(ctx, rounds)
				if err != nil {
					return err
				}
				return list.Newest(ctx, c, rounds, func(r *round.Round) string {
					if n := scored[r.ID]; n > 0 {
						return fmt.Sprintf("%d scored", n)
					}
					return ""
				})
			})
		}
	}}
}

// scores counts this wallet's scores by round.
func scores(ctx context.Context, rounds *round.Client) (map[uint64]int, error) {
	n := map[uint64]int{}
	if rounds.Wallet().IsZero() {
		return n, nil
	}
	pre, err := rounds.PreValidationsOf(ctx, rounds.Wallet())
	if err != nil {
		return nil, err
	}
	post, err := rounds.PostValidationsOf(ctx, rounds.Wallet())
	for _, p := range pre {
		n[p.RoundID]++
	}
	for _, p := range post {
		n[p.RoundID]++
	}
	return n, err
}

func roundInfoCommand() app.Command {
	return app.ShowRoundCommand("round-info", load)
}

func prevalidateCommand() app.Command {
	return app.Command{
		Name: "prevalidate", Args: "<round_id>", Summary: "score the base of a round now",
		Bind: func(fs *flag.FlagSet) app.Action {
			report := app.ReportFlag(fs, "the scores")
			return onRound(func(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, r *round.Round) error {
				if r.Gradients > 0 {
					return fmt.Errorf("round %d has submissions: its base is not scored any more; %s scores those", r.ID, c.Commandf("postvalidate %v", r.ID))
				}
				return score(ctx, c, cfg, client, r, *report)
			})
		},
	}
}

func postvalidateCommand() app.Command {
	return app.Command{
		Name: "postvalidate", Args: "<round_id> [trainer]", Summary: "score the submissions of a round now",
		Long: "Scores, in order, every submission that this wallet has not scored yet. With a trainer's address, fails unless theirs is one of them.",
		Bind: func(fs *flag.FlagSet) app.Action {
			report := app.ReportFlag(fs, "the scores")
			return onRound(func(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, r *round.Round) error {
				if r.Gradients == 0 {
					return fmt.Errorf("round %d has no submissions yet", r.ID)
				}
				if len(c.Args) > 1 {
					if err := awaits(ctx, client, r, c.Args[1]); err != nil {
						return err
					}
				}
				return score(ctx, c, cfg, client, r, *report)
			})
		},
	}
}

// awaits fails unless a trainer's submission waits for this wallet's score.
func awaits(ctx context.Context, client *decloud.Client, r *round.Round, address string) error {
	trainer, err := solana.PublicKeyFromBase58(address)
	if err != nil {
		return app.Usagef("expected a trainer's address after the round's number")
	}
	if _, err := client.Rounds.Gradient(ctx, r.ID, trainer); err != nil {
		return fmt.Errorf("round %d: the submission of %s: %w", r.ID, trainer, err)
	}
	_, err = client.Rounds.PostValidation(ctx, r.ID, trainer, client.Rounds.Wallet())
	if err == nil {
		return fmt.Errorf("round %d: you have scored the submission of %s already", r.ID, trainer)
	}
	if errors.Is(err, chain.ErrNotFound) {
		return nil
	}
	return err
}

// onRound is an action on one round, with a wallet.
func onRound(do func(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, r *round.Round) error) app.Action {
	return func(ctx context.Context, c *app.Call) error {
		id, err := app.ParseRoundID(c.Args[0])
		if err != nil {
			return err
		}
		return app.WithClient(c, load, func(cfg *config, client *decloud.Client) error {
			r, err := client.Rounds.Round(ctx, id)
			if err != nil {
				return app.AboutRound(id, err)
			}
			return do(ctx, c, cfg, client, r)
		})
	}
}

// score scores what this wallet has to score in a round.
func score(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, r *round.Round, report string) error {
	data, err := c.OpenData(ctx, &cfg.Common, []string{dataset.ID(r.Dataset).String()}, dataset.Test)
	if err != nil {
		return err
	}
	c.Note("fetching the model of round %d and scoring…", r.ID)
	runner, done, err := c.Runner(cfg.ONNXRuntime)
	if err != nil {
		return err
	}
	defer done()
	cfg.runner = runner
	defer c.Working()()
	tell := c.Teller()
	w, err := validator.NewWorker(cfg.worker(client, c, data, func(e validator.Event) { tellEvent(tell, e) }))
	if err != nil {
		return err
	}
	finish := c.Report(report, fmt.Sprintf("Scores of round %d", r.ID), "Wallet", client.Rounds.Wallet().String(), "Network", client.Chain.Network().String())
	return errors.Join(w.Validate(ctx, r.ID), finish())
}

// unclaimed are the rounds in which this wallet has scores that were not paid.
func unclaimed(ctx context.Context, rounds *round.Client) (ids []uint64, err error) {
	pre, err := rounds.PreValidationsOf(ctx, rounds.Wallet())
	if err != nil {
		return nil, err
	}
	post, err := rounds.PostValidationsOf(ctx, rounds.Wallet())
	if err != nil {
		return nil, err
	}
	seen := map[uint64]bool{}
	add := func(id uint64, paid bool) {
		if !paid && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, p := range pre {
		add(p.RoundID, p.RewardClaimed)
	}
	for _, p := range post {
		add(p.RoundID, p.RewardClaimed)
	}
	return ids, nil
}

func statusCommand() app.Command {
	return app.Command{Name: "status", Summary: "show wallet, stake, network, storage and your scores", Bind: func(fs *flag.FlagSet) app.Action {
		report := app.ReportFlag(fs, "what your rounds have paid")
		return func(ctx context.Context, c *app.Call) error {
			return app.WithChain(c, load, func(cfg *config, rounds *round.Client) error { return status(ctx, c, cfg, rounds, *report) })
		}
	}}
}

func status(ctx context.Context, c *app.Call, cfg *config, rounds *round.Client, report string) error {
	st, err := c.ReadStatus(ctx, &cfg.Common, rounds)
	if err != nil {
		return err
	}
	view := struct {
		app.Status
		Stake     uint64 `json:"stake_lamports"`
		Unlocking uint64 `json:"unlocking_lamports"`
		Scores    int    `json:"scores"`
		Unclaimed int    `json:"unclaimed_rounds"`
	}{Status: st}
	if wallet, ok := st.HasWallet(); ok && st.Ready {
		stake, err := rounds.Stake(ctx, wallet)
		if err != nil && !errors.Is(err, chain.ErrNotFound) {
			return err
		}
		if stake != nil {
			view.Stake, view.Unlocking = stake.Amount, stake.Unlocking
		}
		all, err := scores(ctx, rounds)
		if err != nil {
			return err
		}
		for _, n := range all {
			view.Scores += n
		}
		open, err := unclaimed(ctx, rounds)
		if err != nil {
			return err
		}
		view.Unclaimed = len(open)
		view.Add("At stake", chain.FormatSOL(view.Stake)+" SOL, and "+chain.FormatSOL(view.Unlocking)+" on their way out")
		if err := c.ReportEarnings(ctx, rounds, slices.Collect(maps.Keys(all)), report, view.Status); err != nil {
			return err
		}
		view.Add("Scores", fmt.Sprintf("%d; rounds not claimed yet: %d", view.Scores, view.Unclaimed))
	}
	return c.Print(view, view.Write)
}
