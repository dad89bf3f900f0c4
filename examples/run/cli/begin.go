package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/storage"
)

func keygenCommand() app.Command {
	return app.Command{Name: "keygen", Summary: "make a wallet", Long: `Writes a new key to the file of --wallet-private-key-path, which must not exist yet, in the form of
solana-keygen, and prints its address.`, Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		return func(_ context.Context, c *app.Call) error {
			if o.wallet == "" {
				return app.Usagef("this needs --wallet-private-key-path FILE")
			}
			key, err := chain.NewKeypair()
			if err != nil {
				return err
			}
			if err := key.Save(o.wallet); err != nil {
				return err
			}
			return c.Print(map[string]any{"address": key.PublicKey()}, func(w io.Writer) { fmt.Fprintln(w, key.PublicKey()) })
		}
	}}
}

func airdropCommand() app.Command {
	return app.Command{Name: "airdrop", Args: "[SOL]", Summary: "get free SOL from the faucet of a local or test network (default 1)", Long: `The SOL goes to the wallet, or to --address.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := bind(fs)
			who := fs.String("address", "", "whose: an `address` (default: that of the wallet)")
			return func(ctx context.Context, c *app.Call) error {
				lamports := uint64(chain.LamportsPerSOL)
				if len(c.Args) > 0 {
					var err error
					if lamports, err = chain.ParseSOL(c.Args[0]); err != nil || lamports == 0 {
						return app.Usagef("expected an amount of SOL, such as 2")
					}
				}
				to, err := o.address(c, *who)
				if err != nil {
					return err
				}
				node := rpc.New(o.rpc)
				defer node.Close()
				signature, err := node.RequestAirdrop(ctx, to, lamports, rpc.CommitmentConfirmed)
				if err != nil {
					return fmt.Errorf("the faucet: %w", err)
				}
				return c.Print(map[string]any{"address": to, "lamports": lamports, "signature": signature}, func(w io.Writer) {
					fmt.Fprintf(w, "%s SOL to %s\n", chain.FormatSOL(lamports), to)
				})
			}
		}}
}

func newPackageCommand() app.Command {
	return app.Command{Name: "new-package", Summary: "publish a small untrained model of the built-in digits, to try a run with",
		Long: `Prints two CIDs: "package" is for model.Head.package in the configuration, "model" for checkpoint --digest.
Models of your own: decloud-creator makes a package of an ONNX file or of a PyTorch model.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := bind(fs)
			seed := fs.Uint64("seed", 1, "seed of its weights")
			return func(ctx context.Context, c *app.Call) error {
				store, err := o.store(c)
				if err != nil {
					return err
				}
				digits, err := dataset.Builtin(dataset.Mnist)
				if err != nil {
					return err
				}
				pkg, err := demo.NewPackage(ctx, digits, *seed)
				if err != nil {
					return err
				}
				files, err := pkg.FS()
				if err != nil {
					return err
				}
				model, err := aggregate.Model{Head: pkg.Head}.FS(pkg)
				if err != nil {
					return err
				}
				return publishAll(ctx, c, store, []string{"package", "model"}, files, model)
			}
		}}
}

// publishAll publishes directories and prints their CIDs.
func publishAll(ctx context.Context, c *app.Call, store *storage.Store, names []string, all ...fs.FS) error {
	roots := map[string]cid.Cid{}
	for i, files := range all {
		root, err := store.Add(ctx, files)
		if err != nil {
			return err
		}
		if _, err := store.Push(ctx, root); err != nil {
			return err
		}
		roots[names[i]] = root
	}
	return c.Print(roots, func(w io.Writer) {
		for _, name := range names {
			fmt.Fprintf(w, "%s %s\n", name, roots[name])
		}
	})
}
