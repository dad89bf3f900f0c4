package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
)

func myRoundsCommand() app.Command {
	return app.Command{Name: "my-rounds", Summary: "list your rounds, the newest first", Bind: func(fs *flag.FlagSet) app.Action {
		var list app.Listing
		list.Bind(fs, "all")
		return func(ctx context.Context, c *app.Call) error {
			if err := list.Check(); err != nil {
				return err
			}
			return app.WithChain(c, load, func(cfg *config, rounds *round.Client) error {
				wallet, err := c.Address(&cfg.Common)
				if err != nil {
					return err
				}
				return list.Of(ctx, c, rounds, round.Filter{Creator: wallet})
			})
		}
	}}
}

// onRound is a command about one round, by its number.
func onRound(name, summary, long string, do func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error) app.Command {
	return app.Command{Name: name, Args: "<round_id>", Summary: summary, Long: long, Bind: func(*flag.FlagSet) app.Action {
		return func(ctx context.Context, c *app.Call) error {
			id, err := app.ParseRoundID(c.Args[0])
			if err != nil {
				return err
			}
			return app.WithChain(c, load, func(_ *config, rounds *round.Client) error {
				return app.AboutRound(id, do(ctx, c, rounds, id))
			})
		}
	}}
}

func infoCommand() app.Command {
	return app.ShowRoundCommand("info", load)
}

func finalizeCommand() app.Command {
	return onRound("finalize", "close your round in which every submission has its scores", "Rewards can be claimed from then on, and no more submissions are taken.",
		func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error {
			receipt, err := rounds.FinalizeRound(ctx, id)
			return done(c, id, "finalized", receipt, err)
		})
}

func forceFinalizeCommand() app.Command {
	return onRound("force-finalize", "close a round whose deadline is over", "Anybody may do so. What has too few scores counts as no improvement.",
		func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error {
			receipt, err := rounds.ForceFinalize(ctx, id)
			if errors.Is(err, round.ErrTooEarly) {
				if r, lookErr := rounds.Round(ctx, id); lookErr == nil {
					err = fmt.Errorf("the deadline is %s: %w", r.Options.Deadline.UTC().Format("2006-01-02 15:04:05 MST"), err)
				}
			}
			return done(c, id, "finalized by force", receipt, err)
		})
}

func cancelCommand() app.Command {
	return onRound("cancel", "take back a round in which nobody took part, with its reward", "",
		func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error {
			r, err := rounds.Round(ctx, id)
			if err != nil {
				return err
			}
			if r.Status != round.Active {
				return fmt.Errorf("round %d is %s already", id, r.Status)
			}
			receipt, err := rounds.CancelRound(ctx, id)
			return done(c, id, "cancelled; the reward is back", receipt, err)
		})
}

func done(c *app.Call, id uint64, what string, receipt round.Receipt, err error) error {
	if err != nil {
		return fmt.Errorf("round %d: %w", id, err)
	}
	view := map[string]any{"round_id": id, "result": what, "signature": receipt.Signature.String(), "fee_lamports": receipt.Fee}
	return c.Print(view, func(w io.Writer) { fmt.Fprintf(w, "round #%d is %s (transaction %s)\n", id, what, receipt.Signature) })
}

func withdrawCommand() app.Command {
	return onRound("withdraw", "take what nobody can claim of a finalized round",
		"What trainers and validators have yet to claim stays in the vault; withdraw again when they have, or when the claim\nperiod is over. The last withdrawal closes the vault.",
		func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error {
			receipt, err := rounds.WithdrawRemainder(ctx, id)
			if errors.Is(err, chain.ErrAccountNotInitialized) {
				return fmt.Errorf("round %d has nothing left to withdraw: all of it was paid out, and its vault is closed: %w", id, err)
			}
			if err != nil {
				return fmt.Errorf("round %d: %w", id, err)
			}
			lamports := receipt.Paid()
			_, err = rounds.Vault(ctx, id)
			closed := errors.Is(err, chain.ErrNotFound)
			if err != nil && !closed {
				return err
			}
			view := map[string]any{"round_id": id, "lamports": lamports, "vault_closed": closed, "signature": receipt.Signature.String()}
			return c.Print(view, func(w io.Writer) {
				fmt.Fprintf(w, "%s SOL of round #%d are back (transaction %s)\n", chain.FormatSOL(lamports), id, receipt.Signature)
				if !closed {
					fmt.Fprintln(w, "not everybody has claimed yet: withdraw again later")
				}
			})
		})
}

func closeCommand() app.Command {
	return onRound("close", "take back the rent of a round that is over for good",
		"That is after its claim period, once you have withdrawn what was left. It gives others the rent back that they have in the round, too.",
		func(ctx context.Context, c *app.Call, rounds *round.Client, id uint64) error {
			receipt, err := rounds.CloseRound(ctx, id)
			if errors.Is(err, round.ErrTooEarly) {
				err = tooEarlyToClose(ctx, c, rounds, id, err)
			}
			return done(c, id, "closed; its rent is back", receipt, err)
		})
}

// tooEarlyToClose says what a round waits for before it can be closed.
func tooEarlyToClose(ctx context.Context, c *app.Call, rounds *round.Client, id uint64, err error) error {
	r, lookErr := rounds.Round(ctx, id)
	if lookErr != nil {
		return err
	}
	now, lookErr := rounds.Chain().Now(ctx)
	var rule *round.RuleError
	switch {
	case lookErr != nil:
	case errors.As(r.CanClose(nil, now), &rule):
		return fmt.Errorf("its claim period ends %s: %w", rule.From.UTC().Format("2006-01-02 15:04:05 MST"), err)
	case r.Status == round.Finalized:
		return fmt.Errorf("take what is left of it first (%s): %w", c.Command(fmt.Sprint("withdraw ", id)), err)
	}
	return err
}

func statusCommand() app.Command {
	return app.Command{Name: "status", Summary: "show wallet, network, storage and your rounds", Bind: func(*flag.FlagSet) app.Action {
		return func(ctx context.Context, c *app.Call) error {
			return app.WithChain(c, load, func(cfg *config, rounds *round.Client) error {
				st, err := c.ReadStatus(ctx, &cfg.Common, rounds)
				if err != nil {
					return err
				}
				view := struct {
					app.Status
					Own    int `json:"own_rounds"`
					Active int `json:"own_active"`
					// Sources says which gateways have the packages of the active rounds.
					Sources []held `json:"sources,omitempty"`
				}{Status: st}
				if wallet, ok := st.HasWallet(); ok && st.Ready {
					own, err := rounds.Rounds(ctx, round.Filter{Creator: wallet})
					if err != nil {
						return err
					}
					view.Own = len(own)
					own = slices.DeleteFunc(own, func(r *round.Round) bool { return r.Status != round.Active })
					view.Active = len(own)
					view.Add("Your rounds", fmt.Sprintf("%d, %d of them active", view.Own, view.Active))
					if view.Sources, err = sources(ctx, c, cfg, own); err != nil {
						return err
					}
					for _, s := range view.Sources {
						view.Add(fmt.Sprintf("Package of #%d", s.RoundID), s.String())
					}
				}
				return c.Print(view, view.Write)
			})
		}
	}}
}
