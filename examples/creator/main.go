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
	"os"
	"os/signal"
	"syscall"

	"github.com/decloud-sdk/decloud-go/examples/creator/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
