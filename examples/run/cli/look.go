package cli

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/pelletier/go-toml/v2"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

func demoCommand() app.Command {
	return app.Command{Name: "demo", Summary: "a whole run on a local chain: six members, real digits", Bind: func(fs *flag.FlagSet) app.Action {
		kind := fs.String("verification", run.Witness.String(), "`kind`: witness or vote")
		seed := fs.Uint64("seed", 1, "`number` that decides the shares and the first model")
		report := reportFlag(fs)
		return func(ctx context.Context, c *app.Call) error {
			if err := chart.CheckPath(*report); err != nil {
				return app.Usagef("--report: %v", err)
			}
			o := demo.Options{Seed: *seed, Report: *report, Out: c.Err}
			switch *kind {
			case run.Witness.String():
			case run.Vote.String():
				o.Verification = run.Vote
			default:
				return app.Usagef("--verification is witness or vote")
			}
			if c.JSON {
				o.JSON = c.Out
			}
			return demo.Run(ctx, o)
		}
	}}
}

func listRunsCommand() app.Command {
	return app.Command{Name: "list-runs", Summary: "list all runs", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		return func(ctx context.Context, c *app.Call) error {
			runs, err := o.reader(c)
			if err != nil {
				return err
			}
			defer runs.Chain().Close()
			all, err := runs.Runs(ctx)
			if err != nil {
				return err
			}
			type row struct {
				ID      string `json:"run_id"`
				Name    string `json:"name"`
				State   string `json:"state"`
				Epoch   uint32 `json:"epoch"`
				Step    uint32 `json:"step"`
				Members uint16 `json:"members"`
			}
			rows, texts := []row{}, [][]string{}
			for _, r := range all {
				rows = append(rows, row{r.ID, r.Name, r.State.String(), r.Epoch, r.Step, r.Members})
				texts = append(texts, []string{r.ID, r.State.String(), fmt.Sprint(r.Epoch), fmt.Sprint(r.Step), fmt.Sprint(r.Members), r.Name})
			}
			return c.Print(rows, func(w io.Writer) { app.Table(w, "run state epoch step members name", texts) })
		}
	}}
}

func showConfigCommand() app.Command {
	return app.Command{Name: "show-config", Summary: "fetch and show a run's configuration file", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		return withRun(o, false, func(ctx context.Context, c *app.Call, _ *run.Client, r *run.Run) error {
			store, err := o.store(c)
			if err != nil {
				return err
			}
			file, err := fetchFile(ctx, store, r)
			if err != nil {
				return err
			}
			text, err := file.Marshal()
			if err != nil {
				return err
			}
			var named object // with the file's own names
			if err := toml.Unmarshal(text, &named); err != nil {
				return err
			}
			return c.Print(named, func(w io.Writer) { fmt.Fprint(w, app.Plain(string(text))) })
		})
	}}
}

// fetchFile fetches a run's configuration, which must say what the chain says.
func fetchFile(ctx context.Context, store *storage.Store, r *run.Run) (config.File, error) {
	if !r.Configured() {
		return config.File{}, fmt.Errorf("run %s has no configuration yet: update-config sets one", r.ID)
	}
	files, err := store.Fetch(ctx, member.CID(r.ConfigDigest), storage.AtMost(2*config.MaxSize))
	if err != nil {
		return config.File{}, err
	}
	file, err := config.ReadFS(files)
	if err != nil {
		return file, err
	}
	return file, file.Matches(r)
}
