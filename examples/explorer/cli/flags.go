package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

const usage = `explorer serves a page on this machine that shows rounds, runs and validators as they happen: phases, scores, payouts,
stakes, ratings, accuracy, and where the money is. It reads the chain and signs nothing. The address is the first line that it
prints.

usage: explorer [flags]

  explorer                                             # the local chain of the localnet command
  explorer --network devnet --program-id ADDRESS       # rounds of a program on another chain

` + node.HeaderVariable + ` in the environment has headers for the node.

`

type options struct {
	network      chain.Network
	header       chain.Header
	rounds, runs solana.PublicKey
	listen       string
	every        time.Duration
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("explorer", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	name := fs.String("network", "localnet", "localnet, devnet or mainnet: the `name` of the network")
	rpc := fs.String("rpc", "", "`URL` of the RPC node (default: the network's own)")
	ws := fs.String("ws", "", "`URL` of its WebSocket; none: poll (default: follows from the RPC's)")
	rounds := fs.String("program-id", "", "`address` of the round program; none: show no rounds (default on localnet: "+round.LocalProgram.String()+")")
	runs := fs.String("run-program-id", "", "`address` of the run program; none: show no runs (default on localnet: "+run.LocalProgram.String()+")")
	fs.StringVar(&o.listen, "listen", "127.0.0.1:8920", "`address` to listen on; other machines reach one that is not loopback, and nothing asks them for a password")
	fs.DurationVar(&o.every, "poll", 2*time.Second, "`time` after which pages read again even if nothing was reported; at least 100ms")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flaghelp.Show(stderr, usage, fs, "\nexit status: 0 stopped, 1 failed, 2 wrong usage\n")
		}
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if o.every < 100*time.Millisecond {
		return o, fmt.Errorf("--poll: %v is less than 100ms", o.every)
	}
	if o.header, err = node.Header(os.Getenv); err != nil {
		return o, err
	}
	if o.network, err = networkOf(*name, *rpc, *ws); err != nil {
		return o, err
	}
	if o.rounds, err = program("program-id", *rounds, *name, round.LocalProgram); err != nil {
		return o, err
	}
	if o.runs, err = program("run-program-id", *runs, *name, run.LocalProgram); err != nil {
		return o, err
	}
	if o.rounds.IsZero() && o.runs.IsZero() {
		return o, errors.New("name the program whose accounts are to be shown: --program-id or --run-program-id (there is no default, so that nobody is shown a false one)")
	}
	return o, nil
}

// none as an address means to do without.
const none = "none"

func program(flag, text, network string, local solana.PublicKey) (solana.PublicKey, error) {
	switch {
	case text == none:
		return solana.PublicKey{}, nil
	case text != "":
		key, err := solana.PublicKeyFromBase58(text)
		if err != nil {
			return key, fmt.Errorf("--%s: %q is no address", flag, text)
		}
		return key, nil
	case network == "localnet":
		return local, nil
	}
	return solana.PublicKey{}, nil
}

func networkOf(name, rpc, ws string) (n chain.Network, err error) {
	switch name {
	case "localnet":
		n = chain.Localnet()
	case "devnet":
		n = chain.Devnet()
	case "mainnet":
		n = chain.Mainnet()
	default:
		return n, fmt.Errorf("--network: %q is none of localnet, devnet, mainnet", name)
	}
	n = node.Reach(n, rpc, ws)
	return n, n.Check()
}
