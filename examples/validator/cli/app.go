// Package cli is the validator app: it scores rounds: the base head of each, then every
// submission, and claims its part of the reward.
// [Run] is a whole command line, so that tests can run one in their process.
package cli

import (
	"context"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// Run runs the app with these arguments and surroundings, and returns the exit
// status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	return newApp().Run(ctx, args, app.IO{In: stdin, Out: stdout, Err: stderr, Env: env})
}

func newApp() *app.App {
	return &app.App{
		Name: "decloud-validator", Role: "validator",
		Summary:   "score models and submissions, and earn a part of the reward",
		NewConfig: newConfig,
		Commands: []app.Command{
			app.SetupCommand(newConfig, "datasets"),
			app.NetworkCommand(),
			app.DatasetCommand(dataset.Test, installCommand(), uninstallCommand(), installAllCommand()),
			startCommand(),
			roundsCommand(),
			roundInfoCommand(),
			prevalidateCommand(),
			postvalidateCommand(),
			claimCommand(),
			statusCommand(),
			app.BalanceCommand(),
			app.AirdropCommand(),
			stakeCommand(),
			unstakeCommand(),
			app.RPCCommand(),
			app.ConfigCommand(nil),
		},
	}
}
