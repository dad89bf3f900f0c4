package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// options are the command line, understood.
type options struct {
	chain  []localnet.Option
	fund   []funding
	ledger string // directory
}

type funding struct {
	key      solana.PublicKey
	lamports uint64
}

const usage = `localnet serves a local Solana chain with decloud's programs, of rounds and of runs, on it.

usage: localnet [flags]

It is a test ledger in one process: no consensus, everything final at once, no access control.

`

func parse(args []string, help io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("localnet", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by run
	flags.Usage = func() {
		flaghelp.Show(help, usage, flags, "\nexample: localnet --ledger chain --fund ADDRESS=10\n\nexit status: 0 stopped, 1 failed, 2 wrong usage\n")
	}
	rpcPort := flags.Int("rpc-port", 8899, "`port` of JSON-RPC over HTTP; 0: any free one")
	wsPort := flags.Int("ws-port", 8900, "`port` of the WebSocket; many clients expect it one above the other; 0: the same as JSON-RPC")
	host := flags.String("host", "127.0.0.1", "`address` to listen on; whoever reaches it owns the chain")
	empty := flags.Bool("empty", false, "start without decloud's programs")
	slots := flags.Duration("slot-time", 0, "idle `time` that makes a slot (default 400ms); negative: only transactions make slots")
	program := func(text string) error {
		id, elf, err := readProgram(text)
		o.chain = append(o.chain, localnet.WithProgram(id, elf))
		return err
	}
	flags.Func("program", "`address=file` of another program, an sBPF ELF, for a new chain; may be repeated", program)
	flags.Func("bpf-program", "`address file`, the same as solana-test-validator has it; the address may be a file with its keypair", program)
	flags.Func("account", "`[address] file` with an account as \"solana account ADDRESS --output json --output-file FILE\" writes it, for a new chain; an address is put in place of the file's unless it is -; may be repeated", func(text string) error {
		key, account, err := readAccount(text)
		o.chain = append(o.chain, localnet.WithAccount(key, account))
		return err
	})
	flags.StringVar(&o.ledger, "ledger", "", "`directory` to keep the chain in, and to go on with the one that is there; without it the chain ends with the process")
	history := flags.Int("history", 0, "`transactions` that are kept with their blocks (default 20000)")
	flags.Func("token", "`directory` with token.so and associated_token.so: the SPL Token programs, at their usual addresses", func(dir string) error {
		o.chain = append(o.chain, localnet.WithToken(dir))
		return nil
	})
	flags.Func("fund", "`address=SOL` to pay from the faucet at the start; may be repeated", func(text string) error {
		key, amount, err := keyed(text)
		if err != nil {
			return err
		}
		lamports, err := chain.ParseSOL(amount)
		if err == nil && lamports == 0 {
			err = errors.New("more than 0 SOL is needed")
		}
		o.fund = append(o.fund, funding{key, lamports})
		return err
	})
	flags.Func("allow-host", "`name` under which the chain may be asked for besides localhost and IP addresses, such as a container's; may be repeated", func(name string) error {
		o.chain = append(o.chain, localnet.WithAllowedHosts(name))
		return nil
	})
	flags.Func("allow-origin", "`origin` of web pages that may use the chain from a browser, such as http://localhost:3000; *: any; may be repeated", func(origin string) error {
		o.chain = append(o.chain, localnet.WithAllowedOrigins(origin))
		return nil
	})
	if err := flags.Parse(joinPairs(args)); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; --help lists the flags", flags.Arg(0))
	}
	o.chain = append(o.chain, localnet.WithPorts(*rpcPort, *wsPort), localnet.WithHost(*host), localnet.WithSlotTime(*slots),
		localnet.WithHistory(*history), localnet.WithLedger(o.ledger))
	if *empty {
		o.chain = append(o.chain, localnet.Empty())
	}
	return o, nil
}

// keyed splits "address=value".
func keyed(text string) (solana.PublicKey, string, error) {
	address, value, ok := strings.Cut(text, "=")
	if !ok || value == "" {
		return solana.PublicKey{}, "", errors.New("expected address=value")
	}
	key, err := solana.PublicKeyFromBase58(address)
	if err != nil {
		return solana.PublicKey{}, "", fmt.Errorf("%q is not an address: %w", address, err)
	}
	return key, value, nil
}
