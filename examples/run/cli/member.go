package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
)

// withWallet makes a command that signs and is about no run.
func withWallet(o *common, do func(ctx context.Context, c *app.Call, runs *run.Client) error) app.Action {
	return func(ctx context.Context, c *app.Call) error {
		runs, err := o.writer(c)
		if err != nil {
			return err
		}
		defer runs.Chain().Close()
		return do(ctx, c, runs)
	}
}

func canJoinCommand() app.Command {
	return app.Command{Name: "can-join", Summary: "report whether a wallet may join a run now", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := whose(fs)
		notNeeded(fs, "authorizer", "the authorization is found without it")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			if _, err := runs.FindAuthorization(ctx, r, key); err != nil {
				return err
			}
			v, m, err := runs.Look(ctx, r, key)
			if err != nil {
				return err
			}
			if err := v.CanJoin(key, m, r.Settings.MinStake); err != nil {
				return err
			}
			return c.Print(map[string]any{"can_join": true, "min_stake": r.Settings.MinStake}, func(w io.Writer) {
				fmt.Fprintf(w, "%s may join run %s, with a stake of %d\n", key, r.ID, r.Settings.MinStake)
			})
		})
	}}
}

// money makes a command that sends an amount, which has a default where usage says so.
func money(name, summary, flagName, usage, what string, send func(ctx context.Context, runs *run.Client, r *run.Run, amount uint64) (run.Receipt, error)) app.Command {
	return app.Command{Name: name, Summary: summary, Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		var amount *uint64
		fs.Func(flagName, usage, func(text string) error {
			v, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return errors.New("a whole number of base units: lamports, or the mint's")
			}
			amount = &v
			return nil
		})
		return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			if amount == nil && !strings.Contains(usage, "(default") && !strings.HasPrefix(usage, "accepted") {
				return app.Usagef("this needs --%s", flagName)
			}
			receipt, err := send(ctx, runs, r, *cmp.Or(amount, new(uint64)))
			return done(c, what, receipt, err)
		})
	}}
}

func topUpCommand() app.Command {
	return money("treasurer-top-up-rewards", "add to a run's treasury", "collateral-amount", "base `units`: lamports, or the mint's", "the treasury is topped up",
		func(ctx context.Context, runs *run.Client, r *run.Run, amount uint64) (run.Receipt, error) {
			return runs.TopUp(ctx, r, amount, solana.PublicKey{})
		})
}

func claimCommand() app.Command {
	return money("treasurer-claim-rewards", "claim what the wallet has earned", "points", "`points` to claim (default: all that is due)", "paid",
		func(ctx context.Context, runs *run.Client, r *run.Run, points uint64) (run.Receipt, error) {
			if points == 0 {
				totals, err := totalsOf(ctx, runs, r, runs.Wallet())
				if err != nil {
					return run.Receipt{}, err
				}
				points = totals.Due()
			}
			return runs.Claim(ctx, r, points)
		})
}

func bondDepositCommand() app.Command {
	return money("bond-deposit", "add to the wallet's stake", "amount", "base `units`", "the stake grew", func(ctx context.Context, runs *run.Client, r *run.Run, amount uint64) (run.Receipt, error) {
		if _, err := totalsOf(ctx, runs, r, runs.Wallet()); err != nil {
			return run.Receipt{}, err
		}
		return runs.AddStake(ctx, r, amount)
	})
}

func bondRequestCommand() app.Command {
	return money("bond-withdraw-request", "leave the run, so that the stake comes free", "amount", "accepted and not needed (`units`): leaving frees all of it", "the wallet leaves, at the latest when the epoch is over",
		func(ctx context.Context, runs *run.Client, r *run.Run, _ uint64) (run.Receipt, error) {
			if _, err := totalsOf(ctx, runs, r, runs.Wallet()); err != nil {
				return run.Receipt{}, err
			}
			return runs.Leave(ctx, r)
		})
}

func bondFinalizeCommand() app.Command {
	return money("bond-withdraw-finalize", "withdraw a stake that is free", "amount", "base `units` (default: all of it)", "the stake was paid back",
		func(ctx context.Context, runs *run.Client, r *run.Run, amount uint64) (run.Receipt, error) {
			if amount == 0 {
				totals, err := totalsOf(ctx, runs, r, runs.Wallet())
				if err != nil {
					return run.Receipt{}, err
				}
				amount = totals.Stake
			}
			return runs.WithdrawStake(ctx, r, runs.Wallet(), amount)
		})
}

func bondStatusCommand() app.Command {
	return app.Command{Name: "bond-status", Summary: "show a wallet's stake", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := whose(fs)
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			totals, err := totalsOf(ctx, runs, r, key)
			if err != nil {
				return err
			}
			all := object{"address": key, "stake": totals.Stake, "earned": totals.Earned, "slashed": totals.Slashed, "claimed": totals.Claimed}
			return c.Print(all, func(w io.Writer) {
				app.Fields(w, "stake", fmt.Sprint(totals.Stake), "earned", fmt.Sprint(totals.Earned), "slashed", fmt.Sprint(totals.Slashed), "claimed", fmt.Sprint(totals.Claimed))
			})
		})
	}}
}

// whose is the flag --address with the names that Psyche has for it.
func whose(fs *flag.FlagSet) *string {
	who := fs.String("address", "", "whose: an `address` (default: that of the wallet)")
	for _, name := range []string{"wallet", "user"} {
		fs.StringVar(who, name, "", "`address`: the same as --address")
	}
	return who
}

// notNeeded is a flag of Psyche's that says what is known without it.
func notNeeded(fs *flag.FlagSet, name, why string) {
	fs.String(name, "", "accepted and not needed (`any`): "+why)
}

// totalsOf are a wallet's, wherever they are.
func totalsOf(ctx context.Context, runs *run.Client, r *run.Run, wallet solana.PublicKey) (run.Totals, error) {
	v, m, err := runs.Look(ctx, r, wallet)
	if err != nil {
		return run.Totals{}, err
	}
	totals, _, ok := totalsIn(v, m, wallet)
	if !ok {
		return totals, fmt.Errorf("%s is no member of run %s: train joins it", wallet, r.ID)
	}
	return totals, nil
}

// totalsIn are a wallet's in its slot, else in its account; ok: it is a member, or was
// one.
func totalsIn(v *run.View, m *run.Member, wallet solana.PublicKey) (totals run.Totals, slot *run.Slot, ok bool) {
	if i := v.Roster.Find(wallet); i >= 0 {
		return v.Roster.Slots[i].Totals, &v.Roster.Slots[i], true
	}
	if m == nil || !m.Of(v.Run) {
		return run.Totals{}, nil, false
	}
	return m.Totals, nil, true
}
