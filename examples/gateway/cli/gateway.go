// Package cli is the gateway command: a directory, served as IPFS gateways do.
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
	"path/filepath"
	"time"

	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/gateway"
)

// Main runs the command line of this process and exits with its status.
func Main() {
	ctx, stop := signals.Context(os.Stderr)
	err := run(ctx, os.Args[1:], func(string) {})
	stop()
	if code := status(err); code != 0 {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(code)
	}
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// status is the exit status that goes with an error.
func status(err error) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usageError{}):
		return 2
	}
	return 1
}

const usage = `gateway serves the content of a local store as an IPFS gateway, until Ctrl-C.

usage: gateway [flags]

It fetches nothing: what is not in the store is not found. For each directory it prints the URL.

`

// run serves until ctx ends; listening is told the address.
func run(ctx context.Context, args []string, listening func(addr string)) error {
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8080", "`address` to listen on; other machines can only reach one that is not loopback")
	dir := flags.String("store", defaultStore(), "`directory` of the local store; the default is in the user's own cache")
	add := flags.String("add", "", "`directory` to add before serving")
	flags.Usage = func() {
		flaghelp.Show(os.Stderr, usage, flags, "\nexample: gateway --add model-package\n\nexit status: 0 stopped, 1 failed, 2 wrong usage\n")
	}
	flags.SetOutput(io.Discard) // errors are printed once, by Main
	switch err := flags.Parse(args); {
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q; --help lists the flags", flags.Arg(0))}
	case *dir == "":
		return errors.New("there is no home directory to keep the store in: name a directory with --store")
	}
	// A store without fetchers: the gateway serves what is here, and is no
	// proxy for whatever strangers ask for.
	store, err := storage.Open(storage.Config{Dir: *dir})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	base := "http://" + ln.Addr().String() + "/ipfs/"
	if *add != "" {
		root, err := store.Add(ctx, os.DirFS(*add))
		if err != nil {
			ln.Close()
			return fmt.Errorf("%s: %w", *add, err)
		}
		fmt.Println(base + root.String())
	} else if err := list(store, base); err != nil {
		ln.Close()
		return err
	}
	srv := &http.Server{Handler: gateway.Handler(store), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	listening(ln.Addr().String())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = srv.Shutdown(grace)
	if serr := <-done; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

// defaultStore is a directory that only this user can write to: others could put
// content of theirs, or a link, where everybody expects the store.
func defaultStore() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "decloud-gateway")
}

func list(store *storage.Store, base string) error {
	roots, err := store.Roots()
	if err != nil {
		return err
	}
	if len(roots) == 0 {
		return errors.New("the store is empty: name a directory with -add")
	}
	for _, r := range roots {
		fmt.Printf("%s%s  %d bytes\n", base, r.CID, r.Bytes)
	}
	return nil
}
