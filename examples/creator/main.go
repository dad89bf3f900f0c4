// Command creator puts up rounds: it makes a package of a trained model,
// publishes it, locks a reward, and closes the round when it is done.
//
//	go run ./examples/creator launch -m model.pt -d Cifar10 -r 0.5
//
// It has the commands of the public decloud-creator kit, by their names. See
// --help, and --help of each command.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run is main with its surroundings; it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	return creator.Run(ctx, args, app.IO{In: stdin, Out: stdout, Err: stderr, Env: env})
}

var creator = &app.App{
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
		app.DatasetsCommand(),
		app.DatasetCommand("test"),
		app.NetworkCommand(),
		app.RPCCommand(),
		app.ConfigCommand(nil),
	},
}
