// Command trainer earns rewards: it finds rounds, trains their heads on data
// that stays on this machine, submits them, and claims.
//
//	go run ./examples/trainer start --dataset mnist --epochs 5
//
// It has the commands of the public decloud-trainer kit, by their names. See
// --help, and --help of each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/decloud-sdk/decloud-go/examples/trainer/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
