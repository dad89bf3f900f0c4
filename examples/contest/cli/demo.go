package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/contest/demo"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

func demoCommand() app.Command {
	return app.Command{
		Name: "demo", Summary: "play a whole contest on this machine: six miners, three validators, two epochs",
		Long: `Needs nothing: the chain, the store and the people are in this process, and the chain's clock is moved on. It ends with
tables of who beat whom and a line that accounts for every lamport. The exit status is 1 if the order is not the honest one,
if a copy or the test itself earns something, or if a lamport is missing.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			o := demo.Options{}
			fs.StringVar(&o.Task, "task", demo.Tasks[0], "`what` the data is about: "+strings.Join(demo.Tasks, " or "))
			fs.Uint64Var(&o.Seed, "seed", 1, "`number` that decides which miner has what data")
			fs.BoolVar(&o.Holdout, "holdout", false, "play one epoch with a public test and one with a sealed test, and a miner who submits the public test with noise in it: the first pays for that, the second does not")
			fs.Var(app.Int(&o.Epochs, 1, 20), "epochs", "`number` of epochs (default 2)")
			fs.Var(app.Path(&o.SVG), "svg", "`file` that gets the score of each submission by epoch")
			return func(ctx context.Context, c *app.Call) error {
				o.Out = c.Out
				if c.JSON {
					o.Out, o.JSON = c.Err, c.Out
				}
				if err := demo.Run(ctx, o); err != nil {
					return fmt.Errorf("the contest is not as it should be: %w", err)
				}
				return nil
			}
		},
	}
}
