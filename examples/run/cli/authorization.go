package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
)

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
		clear := fs.Bool("delegates-clear", false, "remove those named before, also where --delegates-added adds to them")
		var added []string
		for _, name := range []string{"delegates-added", "delegate-added"} {
			fs.Func(name, "`address` to add to those named before; more may follow it", func(text string) error {
				added = append(added, text)
				return nil
			})
		}
		return withWallet(o, func(ctx context.Context, c *app.Call, runs *run.Client) error {
			from, err := parseKey("join-authority", *grantor)
			if err != nil {
				return err
			}
			var delegates []solana.PublicKey
			for _, text := range append(added, c.Args...) {
				key, err := parseKey("delegates-added", text)
				if err != nil {
					return err
				}
				delegates = append(delegates, key)
			}
			if len(added) == 0 || *clear {
				receipt, err := runs.SetDelegates(ctx, from, delegates...)
				return done(c, fmt.Sprintf("%d delegates are named", len(delegates)), receipt, err)
			}
			receipt, err := runs.Send(ctx, run.AuthorizationGranteeUpdate{Grantor: from, Scope: run.ScopeJoin, Add: delegates, Grantee: runs.Wallet()})
			return done(c, fmt.Sprintf("%d delegates are added", len(delegates)), receipt, err)
		})
	}}
}

func authorizationReadCommand() app.Command {
	return app.Command{Name: "join-authorization-read", Summary: "show whom a join authority allows", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		grantor := fs.String("join-authority", "", "`address` of the join authority")
		who := fs.String("authorizer", "", "`address` that is allowed, of which alone to show (default: all)")
		return func(ctx context.Context, c *app.Call) error {
			from, err := parseKey("join-authority", *grantor)
			if err != nil {
				return err
			}
			var only solana.PublicKey
			if *who != "" {
				if only, err = parseKey("authorizer", *who); err != nil {
					return err
				}
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
			shown, rows := []object{}, [][]string{}
			for _, a := range all {
				if *who == "" || a.Grantee == only {
					scope := strings.TrimRight(string(a.Scope[:]), "\x00")
					shown = append(shown, object{"address": a.Address, "grantor": a.Grantor, "grantee": a.Grantee, "scope": scope, "active": a.Active, "delegates": a.Delegates})
					rows = append(rows, []string{a.Grantee.String(), scope, fmt.Sprint(a.Active), fmt.Sprint(len(a.Delegates))})
				}
			}
			return c.Print(shown, func(w io.Writer) { app.Table(w, "grantee scope active delegates", rows) })
		}
	}}
}
