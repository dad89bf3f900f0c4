// Command validator scores rounds: the base head of each, then every
// submission, and claims its part of the reward.
//
//	go run ./examples/validator start
//
// It has the commands of the public decloud-validator kit, by their names. See
// --help, and --help of each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/decloud-sdk/decloud-go/examples/validator/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
