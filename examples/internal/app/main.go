package app

import (
	"os"

	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
)

// Main runs the command line of this process and exits with its status. The
// first Ctrl-C lets the command end in order, a second one ends it at once.
func Main(a *App) {
	ctx, stop := signals.Context(os.Stderr)
	code := a.Run(ctx, os.Args[1:], IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv})
	stop()
	os.Exit(code)
}
