// Package cli is the trainer app: it earns rewards: it finds rounds, trains their heads on
// data that stays on this machine, submits them, and claims.
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
		Name: "decloud-trainer", Role: "trainer",
		Summary:   "earn rewards by training models on your own data",
		NewConfig: newConfig,
		Commands: []app.Command{
			app.SetupCommand(newConfig, "datasets", "min_reward", "max_reward", "epochs"),
			startCommand(),
			app.ConfigCommand(&app.Presets{Names: presetNames, About: aboutPreset, Apply: applyPreset}),
			listCommand(),
			joinCommand(),
			trainCommand(),
			claimCommand(),
			statusCommand(),
			app.DatasetCommand(dataset.Train),
			app.BalanceCommand(),
			app.AirdropCommand(),
			app.NetworkCommand(),
			app.RPCCommand(),
		},
	}
}
