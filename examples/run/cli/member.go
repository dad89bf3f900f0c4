package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

func parseDigest(text string) (run.Digest, error) {
	root, err := storage.ParseCID(text)
	if err != nil {
		return run.Digest{}, err
	}
	return member.Digest(root)
}

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

func authorizationCreateCommand() app.Command {
	return app.Command{Name: "join-authorization-create", Summary: "let a wallet, or everybody, join the wallet's runs", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := fs.String("authorizer", run.Anybody.String(), "`address` to allow; 11111111111111111111111111111111 is everybody")
		return withWallet(o, func(ctx context.Context, c *app.Call, runs *run.Client) error {
			key, err := parseKey("authorizer", *who)
			if err != nil {
				return err
			}
			receipt, err := runs.AllowJoin(ctx, key)
			return done(c, fmt.Sprintf("%s may join the runs of join authority %s", key, runs.Wallet()), receipt, err)
		})
	}}
}

func authorizationDeleteCommand() app.Command {
	return app.Command{Name: "join-authorization-delete", Summary: "take an authorization back", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := fs.String("authorizer", run.Anybody.String(), "`address` that was allowed")
		return withWallet(o, func(ctx context.Context, c *app.Call, runs *run.Client) error {
			key, err := parseKey("authorizer", *who)
			if err != nil {
				return err
			}
			receipt, err := runs.DisallowJoin(ctx, key)
			return done(c, "the authorization is gone", receipt, err)
		})
	}}
}

func authorizationDelegateCommand() app.Command {
	return app.Command{Name: "join-authorization-delegate", Args: "[delegate…]", Summary: "name the wallets that may join in the wallet's place", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		grantor := fs.String("join-authority", "", "`address` of the join authority that allowed the wallet")
		return withWallet(o, func(ctx context.Context, c *app.Call, runs *run.Client) error {
			from, err := parseKey("join-authority", *grantor)
			if err != nil {
				return err
			}
			var delegates []solana.PublicKey
			for _, text := range c.Args {
				key, err := parseKey("delegate", text)
				if err != nil {
					return err
				}
				delegates = append(delegates, key)
			}
			receipt, err := runs.SetDelegates(ctx, from, delegates...)
			return done(c, fmt.Sprintf("%d delegates are named", len(delegates)), receipt, err)
		})
	}}
}

func authorizationReadCommand() app.Command {
	return app.Command{Name: "join-authorization-read", Summary: "show whom a join authority allows", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		grantor := fs.String("join-authority", "", "`address` of the join authority")
		return func(ctx context.Context, c *app.Call) error {
			from, err := parseKey("join-authority", *grantor)
			if err != nil {
				return err
			}
			runs, err := o.reader(c)
			if err != nil {
				return err
			}
			defer runs.Chain().Close()
			all, err := runs.Authorizations(ctx, from)
			if err != nil {
				return err
			}
			return c.Print(all, func(w io.Writer) {
				var rows [][]string
				for _, a := range all {
					rows = append(rows, []string{a.Grantee.String(), strings.TrimRight(string(a.Scope[:]), "\x00"), fmt.Sprint(a.Active), fmt.Sprint(len(a.Delegates))})
				}
				app.Table(w, "grantee scope active delegates", rows)
			})
		}
	}}
}

func canJoinCommand() app.Command {
	return app.Command{Name: "can-join", Summary: "report whether a wallet may join a run now", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := fs.String("address", "", "whose: an `address` (default: that of the wallet)")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			if _, err := runs.FindAuthorization(ctx, r, key); err != nil {
				return err
			}
			v, err := runs.Refresh(ctx, r)
			if err != nil {
				return err
			}
			m, err := runs.Member(ctx, r.Address, key)
			if err != nil && !errors.Is(err, chain.ErrNotFound) {
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

// money makes a command that sends an amount.
func money(name, summary, flagName, usage, what string, send func(ctx context.Context, runs *run.Client, r *run.Run, amount uint64) (run.Receipt, error)) app.Command {
	return app.Command{Name: name, Summary: summary, Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		amount := fs.Uint64(flagName, 0, usage)
		return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			receipt, err := send(ctx, runs, r, *amount)
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
		return runs.AddStake(ctx, r, amount)
	})
}

func bondRequestCommand() app.Command {
	return money("bond-withdraw-request", "leave the run, so that the stake comes free", "amount", "accepted and not needed: leaving frees all of it", "the wallet leaves, at the latest when the epoch is over",
		func(ctx context.Context, runs *run.Client, r *run.Run, _ uint64) (run.Receipt, error) {
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
		who := fs.String("address", "", "whose: an `address` (default: that of the wallet)")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			totals, err := totalsOf(ctx, runs, r, key)
			if err != nil {
				return err
			}
			return c.Print(totals, func(w io.Writer) {
				app.Fields(w, "stake", fmt.Sprint(totals.Stake), "earned", fmt.Sprint(totals.Earned), "slashed", fmt.Sprint(totals.Slashed), "claimed", fmt.Sprint(totals.Claimed))
			})
		})
	}}
}

// totalsOf are a wallet's, wherever they are.
func totalsOf(ctx context.Context, runs *run.Client, r *run.Run, wallet solana.PublicKey) (run.Totals, error) {
	v, err := runs.Refresh(ctx, r)
	if err != nil {
		return run.Totals{}, err
	}
	if slot := v.Roster.Find(wallet); slot >= 0 {
		return v.Roster.Slots[slot].Totals, nil
	}
	m, err := runs.Member(ctx, r.Address, wallet)
	if errors.Is(err, chain.ErrNotFound) || err == nil && !m.Of(r) {
		return run.Totals{}, fmt.Errorf("%s is no member of run %s", wallet, r.ID)
	}
	if err != nil {
		return run.Totals{}, err
	}
	return m.Totals, nil
}
