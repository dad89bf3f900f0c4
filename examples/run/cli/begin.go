package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

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
	return app.Command{Name: "airdrop", Args: "[SOL]", Summary: "get free SOL from the faucet of a local or test network (default 1)", Long: `The SOL goes to the address of the wallet's key, or to --address. Of a key file under a passphrase, that is asked for.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := bind(fs)
			who := whose(fs)
			return func(ctx context.Context, c *app.Call) error {
				lamports := uint64(chain.LamportsPerSOL)
				if len(c.Args) > 0 {
					var err error
					if lamports, err = chain.ParseSOL(c.Args[0]); err != nil || lamports == 0 {
						return app.Usagef("expected an amount of SOL, such as 2")
					}
				}
				to, err := o.recipient(c, *who)
				if err != nil {
					return err
				}
				cfg, err := o.chainConfig(c)
				if err != nil {
					return err
				}
				client, err := chain.NewClient(cfg)
				if err != nil {
					return err
				}
				defer client.Close()
				receipt, err := client.Airdrop(ctx, to, lamports)
				if err != nil {
					return fmt.Errorf("the faucet: %w", err)
				}
				return c.Print(map[string]any{"address": to, "lamports": lamports, "signature": receipt.Signature}, func(w io.Writer) {
					fmt.Fprintf(w, "%s SOL to %s\n", chain.FormatSOL(lamports), to)
				})
			}
		}}
}

func newPackageCommand() app.Command {
	return app.Command{Name: "new-package", Summary: "publish a small untrained model of the built-in digits, to try a run with",
		Long: `Prints two CIDs: "package" is for model.Head.package in the configuration, "model" is its head as a run's first
model, which update-config sets. Models of your own: decloud-creator build makes a package of an ONNX file or of a PyTorch
model, and decloud-creator upload publishes it and prints its CID.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := bind(fs)
			seed := fs.Uint64("seed", 1, "`number` that decides its weights")
			to := fs.String("output", "", "`directory` to write the package to as well")
			var hidden []int
			fs.Func("hidden", "`sizes` of its hidden layers, with commas between (default 32)", func(text string) (err error) {
				hidden, err = parseSizes(text)
				return err
			})
			return func(ctx context.Context, c *app.Call) error {
				store, err := o.store(c)
				if err != nil {
					return err
				}
				digits, err := dataset.Builtin(dataset.Mnist)
				if err != nil {
					return err
				}
				pkg, err := demo.NewPackage(ctx, digits, *seed, hidden...)
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
				roots, published, err := publishAll(ctx, c, store, files, model)
				if err != nil {
					return err
				}
				if *to != "" {
					if err := store.Extract(ctx, roots[0], *to); err != nil {
						return err
					}
				}
				return c.Print(map[string]any{"package": roots[0].String(), "model": roots[1].String(), "published": published}, func(w io.Writer) {
					fmt.Fprintf(w, "package %s\nmodel %s\n", roots[0], roots[1])
				})
			}
		}}
}

// parseSizes reads sizes of layers.
func parseSizes(text string) (sizes []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 4096 || len(sizes) == 8 {
			return nil, errors.New("expected up to 8 sizes from 1 to 4096")
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// publishAll publishes directories, and says where they are. In a dry run it says where they
// would be, and keeps nothing.
func publishAll(ctx context.Context, c *app.Call, store *storage.Store, all ...fs.FS) (roots []cid.Cid, published []app.Publication, err error) {
	for _, files := range all {
		if c.Dry() {
			root, err := store.CID(ctx, files)
			if err != nil {
				return nil, nil, err
			}
			roots = append(roots, root)
			continue
		}
		root, err := store.Add(ctx, files)
		if err != nil {
			return nil, nil, err
		}
		receipts, err := store.Push(ctx, root)
		if err != nil {
			return nil, nil, err
		}
		c.NotePublished(receipts)
		roots, published = append(roots, root), append(published, app.Publications(receipts)...)
	}
	return roots, published, nil
}
