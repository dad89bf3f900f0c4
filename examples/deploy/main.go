// Command deploy puts the round program on a Solana network, upgrades it, and
// hands it over:
//
//	go run ./examples/deploy --url https://api.devnet.solana.com --program-keypair program.json
//
// --help lists the commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/decloud-sdk/decloud-go/examples/internal/signals"
)

func main() {
	ctx, stop := signals.Context(os.Stderr)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings. Exit codes: 0 done, 1 failed, 2 wrong
// arguments, 130 interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "deploy:", err)
		return 2
	}
	a, err := newApp(o, stdout, stderr)
	if err == nil {
		err = errors.Join(commands[o.command](a, ctx), a.client.Close())
	}
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "deploy: stopped:", err)
		return 130
	default:
		fmt.Fprintln(stderr, "deploy:", err)
		return 1
	}
}
