package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/flaghelp"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
)

// options are the command line, understood.
type options struct {
	command     string
	urls        []string // of the network's nodes
	keypair     string
	programKey  string
	program     solana.PublicKey
	elf         string
	treasury    solana.PublicKey
	room        int
	parallel    int
	priorityFee uint64
	maxFee      uint64 // 0: the priority fee is fixed
	to          solana.PublicKey
	toKeypair   string
	yes         bool
}

const usage = `deploy puts the round program on a Solana network through the upgradeable loader.

usage: deploy [flags] [command]

commands:
  up              write the program's code and initialize it, or upgrade the one that is there (the default)
  plan            show what up would do, and how many lamports it takes; send nothing
  status          show what is deployed at the program's address
  give            hand the right to upgrade over: to --to-keypair, which signs as well, or to --to
  reclaim         close the wallet's buffers, those of deployments that were given up, and get their lamports back
  make-immutable  give up the right to upgrade the program, for good; needs --yes

DECLOUD_RPC_HEADER in the environment has HTTP headers for the first --url, "Name: value", one a line.
An up that was interrupted goes on when it is run again with the same wallet, program and code.

`

func parse(args []string, help io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by run
	flags.Usage = func() {
		flaghelp.Show(help, usage, flags, "\nexample: deploy --url https://api.devnet.solana.com --program-keypair program.json plan\n\n"+flaghelp.ExitStatus+"\n")
	}
	home, _ := os.UserHomeDir()
	key := func(to *solana.PublicKey) func(string) error {
		return func(text string) (err error) {
			*to, err = solana.PublicKeyFromBase58(text)
			return err
		}
	}
	flags.Func("url", "JSON-RPC `URL` of the network (default http://127.0.0.1:8899); with several, those after the first are used where it fails", func(url string) error {
		o.urls = append(o.urls, url)
		return nil
	})
	flags.StringVar(&o.keypair, "keypair", filepath.Join(home, ".config", "solana", "id.json"), "`file` of the wallet that pays and holds the upgrade authority")
	flags.StringVar(&o.programKey, "program-keypair", "", "`file` of the key whose address is the program's; created if missing. Needed for the first deployment only")
	flags.Func("program", "`address` of a program that is deployed already", key(&o.program))
	flags.StringVar(&o.elf, "elf", "", "`file` with other code than the round program of this SDK")
	flags.Func("treasury", "`address` that is to get the fees (default: up leaves it as it is; initially the wallet)", key(&o.treasury))
	flags.IntVar(&o.room, "room", 0, "`bytes` to reserve for later, longer code (default: the code's length)")
	flags.IntVar(&o.parallel, "parallel", 0, "`number` of calls at a time (default 8)")
	flags.Func("priority-fee", "offer in `microlamports` for each compute unit; auto: what others paid lately, up to 1,000,000", o.setFee)
	flags.Func("to", "`address` that give hands the program to; nothing checks that anybody has its key", key(&o.to))
	flags.StringVar(&o.toKeypair, "to-keypair", "", "`file` of the wallet that give hands the program to")
	flags.BoolVar(&o.yes, "yes", false, "do what cannot be undone")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.command = "up"
	if rest := flags.Args(); len(rest) > 0 {
		o.command = rest[0]
		if err := flags.Parse(rest[1:]); err != nil { // flags may follow the command
			return o, err
		}
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; --help lists commands and flags", flags.Arg(0))
	}
	return o, o.check()
}

func (o options) check() error {
	switch {
	case commands[o.command] == nil:
		return fmt.Errorf("there is no command %q; --help lists them", o.command)
	case o.program.IsZero() == (o.programKey == ""):
		return errors.New("say which program: --program-keypair FILE for a new one, --program ADDRESS for one that is deployed already")
	case o.command == "give" && o.to.IsZero() == (o.toKeypair == ""):
		return errors.New("say who gets the program: --to-keypair FILE or --to ADDRESS")
	case o.command == "make-immutable" && !o.yes:
		return errors.New("after this nobody can ever upgrade the program or fix a bug in it: add --yes if you mean it")
	case o.room < 0 || o.parallel < 0:
		return errors.New("--room and --parallel cannot be negative")
	}
	return nil
}

// programSigner loads the program's key, or makes a new one.
func (o options) programSigner(stderr io.Writer) (*chain.Keypair, error) {
	if _, err := os.Lstat(o.programKey); !errors.Is(err, os.ErrNotExist) {
		return chain.LoadKeypair(o.programKey)
	}
	k, err := chain.NewKeypair()
	if err != nil {
		return nil, err
	}
	if err := k.Save(o.programKey); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "made %s: the program's address is %s\n", o.programKey, k.PublicKey())
	return k, nil
}

// autoFee is the most that an automatic priority fee offers, in millionths of a lamport
// for each compute unit.
const autoFee = 1_000_000

func (o *options) setFee(text string) (err error) {
	if o.priorityFee, o.maxFee = 0, 0; text == "auto" {
		o.maxFee = autoFee
		return nil
	}
	o.priorityFee, err = strconv.ParseUint(text, 10, 64)
	return err
}

// config is how the network is reached.
func (o *options) config() (cfg chain.Config, err error) {
	cfg = chain.Config{Network: chain.Network{Name: "deploy", RPC: chain.Localnet().RPC}, PriorityFee: o.priorityFee, MaxPriorityFee: o.maxFee}
	if cfg.Header, err = node.Header(os.Getenv); err != nil {
		return cfg, err
	}
	for i, url := range o.urls {
		if i == 0 {
			cfg.Network.RPC = url
			continue
		}
		cfg.Fallbacks = append(cfg.Fallbacks, chain.Node{RPC: url})
	}
	return cfg, nil
}
