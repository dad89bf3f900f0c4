// Package signals stops the apps: the first Ctrl-C or SIGTERM lets a program end
// in order, a second one ends it at once.
package signals

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Interrupted is the exit status of a process that was ended at once, as shells
// give it to one that Ctrl-C ended.
const Interrupted = 130

// Context ends at the first signal. A second one ends the process with the status
// [Interrupted]. Both are told to w, which should be the standard error. stop ends
// the watching; it must be called.
func Context(w io.Writer) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	caught := make(chan os.Signal, 2)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	stopped := make(chan struct{})
	go watch(caught, stopped, func(s os.Signal) {
		fmt.Fprintf(w, "\n%s: stopping in order; the same once more ends the program at once\n", s)
		cancel()
	}, func(s os.Signal) {
		fmt.Fprintf(w, "%s again: ended at once, with steps left undone; start it again, and it goes on from what is on the chain and on disk\n", s)
		os.Exit(Interrupted)
	})
	return ctx, sync.OnceFunc(func() {
		signal.Stop(caught)
		close(stopped)
		cancel()
	})
}

// watch does one thing after the other, as signals come.
func watch(caught <-chan os.Signal, stopped <-chan struct{}, do ...func(os.Signal)) {
	for _, next := range do {
		select {
		case s := <-caught:
			next(s)
		case <-stopped:
			return
		}
	}
}
