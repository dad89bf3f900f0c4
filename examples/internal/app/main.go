package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the command line of this process and exits with its status. The
// first Ctrl-C lets the command end in order, a second one ends it at once.
func Main(a *App) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on, signals are no longer caught
	code := a.Run(ctx, os.Args[1:], IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv})
	stop()
	os.Exit(code)
}
