package app

import (
	"context"
	"flag"
	"fmt"
	"io"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// StakeCommand puts SOL at stake. load reads the app's settings.
func StakeCommand[C Config](load func(*Call) (C, error)) Command {
	return Spends(Command{
		Name: "stake", Args: "<SOL>", Summary: "put SOL at stake, as rounds may ask of validators",
		Long: "A validator whose scores are far from the others' loses a part of it. unstake takes it back.",
		Bind: func(*flag.FlagSet) Action {
			return onStake(load, func(ctx context.Context, client *decloud.Client, lamports uint64) (round.Receipt, error) {
				return client.Rounds.AddStake(ctx, lamports)
			})
		},
	})
}

// UnstakeCommand takes SOL out of the stake. load reads the app's settings.
func UnstakeCommand[C Config](load func(*Call) (C, error)) Command {
	return Spends(Command{
		Name: "unstake", Args: "[SOL]", Summary: "take SOL out of the stake: first with an amount, a day later without",
		Long: "The amount stops counting at once and can be withdrawn after the cooldown. Another request restarts the cooldown.",
		Bind: func(*flag.FlagSet) Action {
			request := onStake(load, func(ctx context.Context, client *decloud.Client, lamports uint64) (round.Receipt, error) {
				return client.Rounds.RequestUnstake(ctx, lamports)
			})
			withdraw := onStake(load, func(ctx context.Context, client *decloud.Client, _ uint64) (round.Receipt, error) {
				return client.Rounds.WithdrawStake(ctx)
			})
			return func(ctx context.Context, c *Call) error {
				if len(c.Args) == 0 {
					return withdraw(ctx, c)
				}
				return request(ctx, c)
			}
		},
	})
}

// onStake changes the stake and shows it.
func onStake[C Config](load func(*Call) (C, error), do func(ctx context.Context, client *decloud.Client, lamports uint64) (round.Receipt, error)) Action {
	return func(ctx context.Context, c *Call) error {
		var lamports uint64
		if len(c.Args) > 0 {
			var err error
			if lamports, err = chain.ParseSOL(c.Args[0]); err != nil || lamports == 0 {
				return Usagef("expected an amount of SOL, such as 0.5")
			}
		}
		return WithClient(c, load, func(_ C, client *decloud.Client) error {
			receipt, err := do(ctx, client, lamports)
			if err != nil {
				return err
			}
			s, err := client.Rounds.Stake(ctx, client.Rounds.Wallet())
			if err != nil {
				return err
			}
			view := map[string]any{"stake_lamports": s.Amount, "unlocking_lamports": s.Unlocking, "unlock_at": s.UnlockAt.UTC(), "signature": receipt.Signature.String()}
			return c.Print(view, func(w io.Writer) {
				fmt.Fprintf(w, "at stake now: %s SOL (transaction %s)\n", chain.FormatSOL(s.Amount), receipt.Signature)
				if s.Unlocking > 0 {
					fmt.Fprintf(w, "%s SOL can be withdrawn from %s on: %s\n", chain.FormatSOL(s.Unlocking), s.UnlockAt.UTC().Format("2006-01-02 15:04:05 MST"), c.Command("unstake"))
				}
			})
		})
	}
}
