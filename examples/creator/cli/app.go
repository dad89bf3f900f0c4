// Package cli is the creator app: it puts up rounds: it makes a package of a trained
// model, publishes it, locks a reward, and closes the round when it is done.
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
		Name: "decloud-creator", Role: "creator",
		Summary:   "put up a reward for improving a model",
		NewConfig: newConfig,
		Commands: []app.Command{
			app.SetupCommand(newConfig, "min_rating", "quorum"),
			launchCommand(),
			buildCommand(),
			uploadCommand(),
			createCommand(),
			myRoundsCommand(),
			infoCommand(),
			finalizeCommand(),
			forceFinalizeCommand(),
			cancelCommand(),
			withdrawCommand(),
			downloadGradientCommand(),
			downloadModelCommand(),
			statusCommand(),
			app.BalanceCommand(),
			app.AirdropCommand(),
			app.DatasetsCommand(),
			app.DatasetCommand(dataset.Test),
			app.NetworkCommand(),
			app.RPCCommand(),
			app.ConfigCommand(nil),
		},
	}
}
