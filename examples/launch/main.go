// Launch runs a whole round on an embedded chain and store, with real data: a
// creator's PyTorch model becomes a package under a CID and a reward goes under
// escrow; validators score it; trainers improve it on digits of their own; the
// reward is paid out to the lamport.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/examples/internal/chart"
	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
	"github.com/decloud-sdk/decloud-go/round"
)

const usage = `launch: one whole round of decloud on this machine

A creator puts up a reward for improving a model that saw 100 digits. Three
validators and four trainers, each with a wallet, a store and data of its own,
take part over the JSON-RPC and WebSocket ports of a local chain, or of the one
that --rpc and --ws name (DECLOUD_RPC_HEADER in the environment has headers for
it, "Name: value", one a line). The story goes to stderr; a line at its end proves that
every lamport went somewhere.

That round is an open one, as the Python kits know it. With --fair it is a fair one, with a
thief, a memoriser of the public test, a sybil and a guessing validator in it, who all earn
less than the honest.

Usage: go run ./examples/launch [flags]

`

func main() {
	var o options
	flag.BoolVar(&o.json, "json", false, "print one JSON object with scores, payouts and accounts to stdout")
	flag.BoolVar(&o.fair, "fair", false, "play a fair round, among attackers; the exit status is 1 if one of them earns as much as an honest trainer")
	flag.BoolVar(&o.verbose, "v", false, "tell signatures and CIDs, too")
	flag.Uint64Var(&o.seed, "seed", 1, "`number` that decides the private shares and the order of training")
	flag.StringVar(&o.keep, "keep", "", "keep wallets, stores and data in this new `directory`")
	flag.StringVar(&o.report, "report", "", "write who improved how much, who was paid, and where the money went to this .html or .svg `file`")
	flag.StringVar(&o.rpc, "rpc", "", "play on the chain at this JSON-RPC `URL`, on which the program is deployed and initialized")
	flag.StringVar(&o.ws, "ws", "", "its WebSocket `URL`; without one, changes are found by polling")
	o.program = round.LocalProgram
	flag.Func("program", "`address` of the program there (default the local chain's, "+round.LocalProgram.String()+")", func(text string) (err error) {
		o.program, err = solana.PublicKeyFromBase58(text)
		return err
	})
	flag.StringVar(&o.payer, "payer", "", "key `file` that funds the players there and gets the rest back (default: the chain's faucet funds them)")
	flag.Usage = func() {
		flaghelp.Show(flag.CommandLine.Output(), usage, flag.CommandLine, "\nexample: go run ./examples/launch --fair --report round.html\n\n"+flaghelp.ExitStatus+"\n")
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "launch: unexpected argument %q; see --help\n", flag.Arg(0))
		os.Exit(2)
	}
	if o.rpc == "" && (o.ws != "" || o.payer != "") {
		fmt.Fprintln(os.Stderr, "launch: --ws and --payer go with --rpc only; see --help")
		os.Exit(2)
	}
	if o.fair && o.rpc != "" {
		fmt.Fprintln(os.Stderr, "launch: --fair needs a chain whose clock it can move: leave out --rpc")
		os.Exit(2)
	}
	if err := chart.CheckPath(o.report); err != nil {
		fmt.Fprintf(os.Stderr, "launch: --report: %v\n", err)
		os.Exit(2)
	}
	ctx, stop := signals.Context(os.Stderr)
	err := run(ctx, o, os.Stdout, os.Stderr)
	stop()
	os.Exit(explain(err))
}

// explain says how it ended, and gives the exit status.
func explain(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "launch: stopped")
		return 130
	}
	fmt.Fprintln(os.Stderr, "launch:", err)
	return 1
}
