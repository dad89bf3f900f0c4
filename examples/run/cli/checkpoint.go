package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

func checkpointCommand() app.Command {
	return app.Command{Name: "checkpoint", Summary: "fetch a run's model, or set it (--digest)", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		set := fs.String("digest", "", "`CID` of the model to set, while the run is paused or not begun; this needs the authority's wallet")
		to := fs.String("output", "", "`directory` to fetch the model to")
		return func(ctx context.Context, c *app.Call) error {
			switch {
			case *set == "":
				return withRun(o, false, func(ctx context.Context, c *app.Call, _ *run.Client, r *run.Run) error {
					return o.showModel(ctx, c, r, *to)
				})(ctx, c)
			case *to != "":
				return app.Usagef("--digest sets a model and --output fetches one: one at a time")
			}
			return o.setModel(ctx, c, *set)
		}
	}}
}

// setModel sets a model, once it was found to be one of the run's package: members
// could not go on from another.
func (o *common) setModel(ctx context.Context, c *app.Call, text string) error {
	if err := o.needRun(); err != nil {
		return err
	}
	root, err := storage.ParseCID(text)
	if err != nil {
		return app.Usagef("--digest: %v", err)
	}
	digest, err := member.Digest(root)
	if err != nil {
		return app.Usagef("--digest: %v", err)
	}
	client, err := o.client(c)
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := client.Runs.Run(ctx, o.runID)
	if err != nil {
		return err
	}
	if err := fits(ctx, client.Store, r, root); err != nil {
		return fmt.Errorf("--digest %s: %w", root, err)
	}
	receipt, err := client.Runs.UpdateModel(ctx, r, digest)
	return done(c, "the model is set", receipt, err)
}

// fits checks that a model is one that the run's members can go on from.
func fits(ctx context.Context, store *storage.Store, r *run.Run, model cid.Cid) error {
	file, err := fetchFile(ctx, store, r)
	if err != nil {
		return err
	}
	if model.String() == file.Model.Head.Package {
		return errors.New("that is the package: update-config has set its head as the first model, and new-package prints a model's CID")
	}
	pkg, err := fetchPackage(ctx, store, file.Model.Head.Package)
	if err != nil {
		return err
	}
	files, err := store.Fetch(ctx, model, storage.AtMost(aggregate.ModelLimit(pkg)))
	if err != nil {
		return err
	}
	if _, err := aggregate.ReadModel(files, pkg, file.Server()); err != nil {
		return fmt.Errorf("no model of the run's package %s: %w", file.Model.Head.Package, err)
	}
	return nil
}

// fetchPackage fetches a package and reads it, as members do.
func fetchPackage(ctx context.Context, store *storage.Store, text string) (*packagefmt.Package, error) {
	root, err := storage.ParseCID(text)
	if err != nil {
		return nil, err
	}
	files, err := store.Fetch(ctx, root)
	if err != nil {
		return nil, err
	}
	return packagefmt.Read(files)
}

// setHead publishes the head of a package and makes it the run's model.
func setHead(ctx context.Context, c *app.Call, client *decloud.Client, r *run.Run, pkg *packagefmt.Package) (string, []app.Publication, error) {
	files, err := aggregate.Model{Head: pkg.Head}.FS(pkg)
	if err != nil {
		return "", nil, err
	}
	roots, published, err := publishAll(ctx, c, client.Store, files)
	if err != nil {
		return "", nil, err
	}
	digest, err := member.Digest(roots[0])
	if err != nil {
		return "", published, err
	}
	_, err = client.Runs.UpdateModel(ctx, r, digest)
	return roots[0].String(), published, err
}

// showModel says which model the run has, and fetches it where that was asked for.
func (o *common) showModel(ctx context.Context, c *app.Call, r *run.Run, to string) error {
	if r.Model.IsZero() {
		return fmt.Errorf("run %s has no model yet", r.ID)
	}
	if to != "" {
		store, err := o.store(c)
		if err != nil {
			return err
		}
		if err := store.Extract(ctx, member.CID(r.Model), to); err != nil {
			return err
		}
	}
	return c.Print(map[string]any{"step": r.Step, "model": member.CID(r.Model).String(), "output": to}, func(w io.Writer) {
		fmt.Fprintf(w, "step %d: %s %s\n", r.Step, member.CID(r.Model), to)
	})
}
