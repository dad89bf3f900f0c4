// Package cli is the localnet command: a local Solana chain with decloud's programs on it.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// Main runs the command line of this process and exits with its status.
func Main() {
	ctx, stop := signals.Context(os.Stderr)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings: it serves until ctx ends. Exit codes: 0
// stopped, 1 could not serve, 2 wrong arguments.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "localnet:", err)
		return 2
	}
	if err := serve(ctx, opts, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, o options, out, log io.Writer) (err error) {
	net, err := localnet.Start(o.chain...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, net.Close()) }()
	for _, f := range o.fund {
		if err := net.Fund(f.key, f.lamports); err != nil {
			return err
		}
	}
	greet(out, net)
	select {
	case <-ctx.Done():
	case <-net.Failed():
		fmt.Fprintf(log, "%v\nUntil it is stopped it answers what it knows.\n", net.Err())
		<-ctx.Done()
	}
	if o.ledger == "" {
		fmt.Fprintln(out, "\nstopping; the chain is gone with it")
	} else {
		fmt.Fprintln(out, "\nstopping; the chain stays in", o.ledger)
	}
	return nil
}

func greet(out io.Writer, net *localnet.Network) {
	fmt.Fprintln(out, "A local Solana chain (a test ledger: no consensus, everything final at once).")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "  JSON-RPC   ", net.URL())
	fmt.Fprintln(out, "  WebSocket  ", net.WSURL())
	if id := net.ProgramID(); !id.IsZero() {
		fmt.Fprintln(out, "  program    ", id, "(decloud, initialized)")
	}
	if id := net.RunProgramID(); !id.IsZero() {
		fmt.Fprintln(out, "  runs       ", id, "(decloud_run, initialized)")
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "Lamports come from the faucet (1 SOL is 1000000000):")
	fmt.Fprintf(out, "  curl %s -H 'Content-Type: application/json' \\\n", net.URL())
	fmt.Fprintln(out, `    -d '{"jsonrpc":"2.0","id":1,"method":"requestAirdrop","params":["<your address>",1000000000]}'`)
	fmt.Fprintln(out)
	fmt.Fprintln(out, "Ctrl-C stops it.")
}
