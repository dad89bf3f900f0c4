// Package cli is the explorer command.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/server"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

// Main runs the command line of this process and exits with its status.
func Main() {
	ctx, stop := signals.Context(os.Stderr)
	code := Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Run is main with its surroundings: it serves until ctx ends. It returns the exit status: 0 stopped or helped, 1 could not
// serve, 2 wrong arguments.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "explorer: %v\nexplorer --help lists the flags\n", err)
		return 2
	}
	if err := serve(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "explorer:", err)
		return 1
	}
	return 0
}

// reader opens the chain. Nothing is asked of it yet.
func (o options) reader() (*view.Reader, error) {
	c, err := chain.NewClient(chain.Config{Network: o.network, Header: o.header})
	if err != nil {
		return nil, err
	}
	r := &view.Reader{Chain: c}
	if !o.rounds.IsZero() {
		if r.Rounds, err = round.NewClient(round.Config{Chain: c, Program: o.rounds}); err != nil {
			return nil, err
		}
	}
	if !o.runs.IsZero() {
		if r.Runs, err = run.NewClient(run.Config{Chain: c, Program: o.runs}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func serve(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	r, err := o.reader()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Chain.Close()) }()
	ln, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "http://%s/\n", ln.Addr())
	fmt.Fprintf(stderr, "Shows what happens on %s. Open the address in a browser; Ctrl-C stops it.\n", r.Chain.Network().Name)
	if _, err := r.Chain.Slot(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(stderr, "The chain does not answer yet: %v\nThe page says so until it does.\n", err)
	}
	s := server.New(r)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followed := make(chan struct{})
	go func() { defer close(followed); s.Run(ctx, o.every) }()
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }} // open streams end with it
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err = <-served:
		cancel()
	case <-ctx.Done():
		grace, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		err = srv.Shutdown(grace)
		if served := <-served; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
	}
	<-followed
	return err
}
