package cli

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/member"
)

func checkpointCommand() app.Command {
	return app.Command{Name: "checkpoint", Summary: "fetch a run's model, or set it (--digest)", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		set := fs.String("digest", "", "`CID` of the model to set, while the run is paused or not begun; this needs the authority's wallet")
		to := fs.String("output", "", "`directory` to fetch the model to")
		return func(ctx context.Context, c *app.Call) error {
			if *set == "" {
				return withRun(o, false, func(ctx context.Context, c *app.Call, _ *run.Client, r *run.Run) error {
					return o.showModel(ctx, c, r, *to)
				})(ctx, c)
			}
			digest, err := parseDigest(*set)
			if err != nil {
				return app.Usagef("--digest: %v", err)
			}
			return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
				receipt, err := runs.UpdateModel(ctx, r, digest)
				return done(c, "the model is set", receipt, err)
			})(ctx, c)
		}
	}}
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
