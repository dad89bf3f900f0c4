package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/userfile"
	"github.com/decloud-sdk/decloud-go/round"
)

// commands are what there is to do.
var commands map[string]func(*app, context.Context) error

func init() {
	commands = map[string]func(*app, context.Context) error{
		"up": (*app).up, "plan": (*app).plan, "status": (*app).status, "give": (*app).give,
		"reclaim": (*app).reclaim, "make-immutable": (*app).makeImmutable,
	}
}

type app struct {
	options
	client      *chain.Client
	rounds      *round.Client
	deployment  chain.Deployment
	out, stderr io.Writer
}

// maxELF is more than the largest program of a chain.
const maxELF = 10 << 20

func newApp(o options, out, stderr io.Writer) (*app, error) {
	a := &app{options: o, out: out, stderr: stderr}
	wallet, err := chain.LoadKeypair(o.keypair)
	if err != nil {
		return nil, err
	}
	if o.programKey != "" {
		key, err := o.programSigner(stderr)
		if err != nil {
			return nil, err
		}
		a.program, a.deployment.Key = key.PublicKey(), key
	}
	a.deployment.Program, a.deployment.ELF = a.program, round.Program()
	a.deployment.Room, a.deployment.Parallel = o.room, o.parallel
	if o.elf != "" {
		if a.deployment.ELF, err = userfile.Read(o.elf, maxELF); err != nil {
			return nil, err
		}
	}
	cfg, err := o.config()
	if err != nil {
		return nil, err
	}
	cfg.Signer = wallet
	a.client, err = chain.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	a.rounds, err = round.NewClient(round.Config{Chain: a.client, Program: a.program})
	return a, err
}

// up deploys or upgrades, and initializes what was never initialized.
func (a *app) up(ctx context.Context) error {
	if err := a.plan(ctx); err != nil {
		return err
	}
	began, told := time.Now(), -1
	a.deployment.OnProgress = func(written, total int) {
		if tenth := 10 * written / total; tenth > told {
			told = tenth
			fmt.Fprintf(a.stderr, "%5.1fs  %7d of %d bytes are on the chain\n", time.Since(began).Seconds(), written, total)
		}
	}
	if err := a.client.Deploy(ctx, a.deployment); err != nil {
		return err
	}
	if err := a.initialize(ctx); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%5.1fs  done\n", time.Since(began).Seconds())
	return a.status(ctx)
}

// initialize makes the protocol's account, once, and sets the treasury.
func (a *app) initialize(ctx context.Context) error {
	if a.elf != "" {
		return nil // not for us to know how
	}
	counter, err := a.rounds.Counter(ctx)
	if errors.Is(err, chain.ErrNotFound) {
		if _, err := a.rounds.Initialize(ctx); err != nil {
			return fmt.Errorf("initialize: %w", err)
		}
		fmt.Fprintln(a.stderr, "initialized: the wallet is the protocol's authority")
		counter, err = a.rounds.Counter(ctx)
	}
	if err != nil || a.treasury.IsZero() || a.treasury == counter.Treasury {
		return err
	}
	_, err = a.rounds.UpdateProtocol(ctx, counter.Parameters, a.treasury)
	return err
}

// plan tells what is going to be done, and fails where it cannot be.
func (a *app) plan(ctx context.Context) error {
	p, err := a.client.PlanDeploy(ctx, a.deployment)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "program      %s\naction       %s\n", a.program, p.Action)
	if p.Action == chain.DeployNothing {
		return nil
	}
	fmt.Fprintf(a.out, "buffer       %s\n", p.Buffer)
	if p.Present > 0 {
		fmt.Fprintf(a.out, "there yet    %d bytes, of an earlier attempt\n", p.Present)
	}
	if p.Extend > 0 {
		fmt.Fprintf(a.out, "more room    %d bytes\n", p.Extend)
	}
	fmt.Fprintf(a.out, "deposit      %s SOL stay in the program's accounts\n", chain.FormatSOL(p.Deposit))
	fmt.Fprintf(a.out, "fees         %s SOL\n", chain.FormatSOL(p.Fees))
	fmt.Fprintf(a.out, "needed       %s SOL at the start\n", chain.FormatSOL(p.Required))
	fmt.Fprintf(a.out, "wallet       %s has %s SOL\n", a.client.Wallet(), chain.FormatSOL(p.Balance))
	return nil
}

// status tells what stands there.
func (a *app) status(ctx context.Context) error {
	d, err := a.client.Deployed(ctx, a.program)
	if err != nil {
		return err
	}
	what := "other code than this SDK's"
	if d.Runs(round.Program()) {
		what = "the round program of this SDK, byte for byte"
	}
	authority := d.Authority.String()
	if d.Authority.IsZero() {
		authority = "nobody, for good"
	}
	fmt.Fprintf(a.out, "program      %s\ncode         %s (%d bytes, room for %d)\ndeployed     in slot %d\nupgradeable  by %s\n",
		a.program, what, len(d.Code), d.Room, d.Slot, authority)
	counter, err := a.rounds.Counter(ctx)
	if errors.Is(err, chain.ErrNotFound) {
		fmt.Fprintln(a.out, "initialized  no")
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "initialized  yes; parameters are set by %s\ntreasury     %s\nrounds       %d\n",
		counter.Authority, counter.Treasury, counter.Count)
	return nil
}

func (a *app) give(ctx context.Context) error {
	var err error
	to := a.to
	if a.toKeypair == "" {
		_, err = a.client.SetUpgradeAuthority(ctx, a.program, to)
	} else {
		var k *chain.Keypair
		if k, err = chain.LoadKeypair(a.toKeypair); err != nil {
			return err
		}
		to = k.PublicKey()
		_, err = a.client.GiveUpgradeAuthority(ctx, a.program, k)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "from now on, %s can upgrade %s\n", to, a.program)
	return nil
}

func (a *app) reclaim(ctx context.Context) error {
	buffers, err := a.client.Buffers(ctx)
	if err != nil {
		return err
	}
	for _, b := range buffers {
		if _, err := a.client.CloseBuffer(ctx, b.Address); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "closed %s: %s SOL are back\n", b.Address, chain.FormatSOL(b.Lamports))
	}
	if len(buffers) == 0 {
		fmt.Fprintln(a.out, "there are no buffers")
	}
	return nil
}

func (a *app) makeImmutable(ctx context.Context) error {
	if _, err := a.client.MakeImmutable(ctx, a.program); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "nobody can upgrade %s any more\n", a.program)
	return nil
}
