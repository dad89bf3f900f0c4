package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

func downloadModelCommand() app.Command {
	return app.Command{Name: "download-model", Args: "<CID>", Summary: "download and check a model package", Bind: func(fs *flag.FlagSet) app.Action {
		out := bindOutput(fs, "models")
		return func(ctx context.Context, c *app.Call) error {
			root, err := parseCID(c.Args[0])
			if err != nil {
				return err
			}
			dir, err := download(ctx, c, root, *out, "models")
			if err != nil {
				return err
			}
			pkg, err := packagefmt.Read(os.DirFS(dir))
			if err != nil {
				return fmt.Errorf("%s is in %s, but it is not a valid model package: %w", root, dir, err)
			}
			m := pkg.Config.Metadata
			view := map[string]any{"cid": root.String(), "path": dir, "dataset": m.Dataset, "samples": m.NumSamples, "embedding_dim": m.EmbeddingDim, "encoder": pkg.Encoder != nil}
			return c.Print(view, func(w io.Writer) {
				fmt.Fprintln(w, dir)
				app.Fields(w, "Dataset", m.Dataset, "Embeddings", fmt.Sprintf("%d samples of %d values", m.NumSamples, m.EmbeddingDim), "Encoder", map[bool]string{true: "in the package", false: "none"}[pkg.Encoder != nil])
			})
		}
	}}
}

func bindOutput(fs *flag.FlagSet, where string) *string {
	out := fs.String("output", "", "`directory` to write (default ~/.decloud-creator/"+where+"/<CID>)")
	app.Alias(fs, "o", "output")
	return out
}

func parseCID(text string) (cid.Cid, error) {
	root, err := storage.ParseCID(text)
	if err != nil {
		return root, app.Usagef("expected a CID: %v", err)
	}
	return root, nil
}

// download fetches and verifies a directory and writes it; one that is there
// already is left as it is where it is the default place, since its name is its
// content.
func download(ctx context.Context, c *app.Call, root cid.Cid, out, where string) (string, error) {
	cfg, err := load(c)
	if err != nil {
		return "", err
	}
	dir := first(out, filepath.Join(c.Home, where, root.String()))
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	store, err := c.Store(&cfg.Common)
	if err != nil {
		return "", err
	}
	defer c.Working()()
	c.Note("fetching %s…", root)
	if out == "" {
		if same, err := storage.CID(ctx, os.DirFS(dir), storage.Default); err == nil && same == root {
			return dir, nil
		}
	}
	return dir, store.Extract(ctx, root, dir)
}

func downloadGradientCommand() app.Command {
	return app.Command{
		Name: "download-gradient", Args: "[CID]", Summary: "download a trained head, by its CID or the best one of a round",
		Long: "With --round, takes the best submission of the round, or that of --trainer, and checks it against the round's model. Its weights are\nnamed by their places in the head; examples/creator/putback.py puts them back into the PyTorch model that the package was made of.",
		Bind: func(fs *flag.FlagSet) app.Action {
			out := bindOutput(fs, "gradients")
			id := fs.String("round", "", "`number` of a round")
			trainer := fs.String("trainer", "", "`address` of a trainer in it (default: the best)")
			return func(ctx context.Context, c *app.Call) error {
				switch {
				case (len(c.Args) > 0) == (*id != ""):
					return app.Usagef("give either a CID or --round")
				case len(c.Args) > 0:
					root, err := parseCID(c.Args[0])
					if err != nil {
						return err
					}
					return downloadGradient(ctx, c, root, *out, nil)
				}
				return downloadOf(ctx, c, *id, *trainer, *out)
			}
		},
	}
}

// downloadOf downloads a submission of a round.
func downloadOf(ctx context.Context, c *app.Call, number, trainer, out string) error {
	id, err := app.ParseRoundID(number)
	if err != nil {
		return err
	}
	return app.WithChain(c, load, func(cfg *config, rounds *round.Client) error {
		r, err := rounds.Round(ctx, id)
		if err != nil {
			return app.AboutRound(id, err)
		}
		all, err := rounds.Gradients(ctx, id)
		if err != nil {
			return err
		}
		g, err := choose(all, trainer)
		if err != nil {
			return fmt.Errorf("round %d: %w", id, err)
		}
		root, err := storage.ParseCID(g.CID)
		if err != nil {
			return fmt.Errorf("round %d: the submission of %s: %w", id, g.Trainer, err)
		}
		c.Note("the submission of %s: %s", g.Trainer, rating.FormatAccuracy(g.Consensus))
		return downloadGradient(ctx, c, root, out, func(dir fs.FS) error { return checkGradient(ctx, c, cfg, r, dir) })
	})
}

// choose returns the submission of a trainer, or the best; of equals, the first.
func choose(all []*round.Gradient, trainer string) (best *round.Gradient, err error) {
	for _, g := range all {
		if trainer != "" {
			if g.Trainer.String() == trainer {
				return g, nil
			}
		} else if best == nil || g.Consensus > best.Consensus {
			best = g
		}
	}
	if best == nil && trainer != "" {
		if _, err := solana.PublicKeyFromBase58(trainer); err != nil {
			return nil, app.Usagef("--trainer: expected an address")
		}
		return nil, errors.New("that trainer has submitted nothing")
	}
	if best == nil {
		return nil, errors.New("nobody has submitted anything yet")
	}
	return best, nil
}

// checkGradient reads a submission against the model of its round.
func checkGradient(ctx context.Context, c *app.Call, cfg *config, r *round.Round, dir fs.FS) error {
	model, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return err
	}
	store, err := c.Store(&cfg.Common)
	if err != nil {
		return err
	}
	files, err := store.Fetch(ctx, model)
	if err != nil {
		return err
	}
	base, err := packagefmt.Read(files)
	if err != nil {
		return err
	}
	_, err = packagefmt.ReadGradient(dir, base)
	return err
}

func downloadGradient(ctx context.Context, c *app.Call, root cid.Cid, out string, check func(fs.FS) error) error {
	dir, err := download(ctx, c, root, out, "gradients")
	if err != nil {
		return err
	}
	checked := check != nil
	if checked {
		if err := check(os.DirFS(dir)); err != nil {
			return fmt.Errorf("%s is in %s, but it is not a head for this model: %w", root, dir, err)
		}
	}
	view := map[string]any{"cid": root.String(), "path": dir, "checked": checked}
	return c.Print(view, func(w io.Writer) { fmt.Fprintln(w, dir) })
}
