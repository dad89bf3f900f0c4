package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

// ErrDeploy is wrapped by every error about a program that cannot be deployed
// as it was asked for.
var ErrDeploy = errors.New("chain: deploy")

// Deployment says which code is to stand at which address.
type Deployment struct {
	// Program is the address. Default: that of Key.
	Program solana.PublicKey
	// Key is the program's keypair, needed only where nothing stands at the
	// address yet.
	Key Signer
	// ELF is the code, as the compiler for sBPF writes it.
	ELF []byte
	// Room is how large the code can be, in bytes. It is paid for whether it is
	// used or not; an upgrade that needs more makes it. Default: the code's
	// length.
	Room int
	// Parallel is how many calls are under way at a time while the code is
	// written. Default: 8.
	Parallel int
	// OnProgress is called, one call at a time, with how many bytes of the code are
	// on the chain. Default: none.
	OnProgress func(written, total int)
}

// Deploy brings a program to an address through the upgradeable loader, or
// upgrades the one that stands there; the wallet pays, and becomes or must be its
// upgrade authority. Where the same code stands there already,
// nothing is done. It returns when the new code, which it has read back and
// compared, can be called.
//
// The code goes through a buffer account whose address follows from the wallet,
// the program and the code. So a deployment that was cut short goes on where it
// stopped when Deploy is called again: nothing is written twice. Who gives it up
// gets the buffer's lamports back by [Client.CloseBuffer].
//
// Before anything is sent, [Client.PlanDeploy] computes whether the wallet has
// enough lamports; where it has not, the error wraps [ErrInsufficientFunds].
func (c *Client) Deploy(ctx context.Context, d Deployment) error {
	d = d.withDefaults()
	plan, err := c.PlanDeploy(ctx, d)
	if err != nil || plan.Action == DeployNothing {
		return err
	}
	if err := plan.affordable(); err != nil {
		return err
	}
	if err := c.upload(ctx, d, plan); err != nil {
		return fmt.Errorf("%w: write to buffer %s: %w; run it again to go on, or close the buffer to get its lamports back",
			ErrDeploy, plan.Buffer, err)
	}
	if err := c.install(ctx, d, plan); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDeploy, plan.Action, err)
	}
	now, err := c.Deployed(ctx, d.Program)
	if err == nil && !sameCode(now.Code, d.ELF) {
		err = fmt.Errorf("%w: the code on chain is not what was uploaded: somebody else has upgraded it meanwhile", ErrDeploy)
	}
	return err
}

func (d Deployment) withDefaults() Deployment {
	if d.Program.IsZero() && d.Key != nil {
		d.Program = d.Key.PublicKey()
	}
	setDefault(&d.Room, len(d.ELF))
	setDefault(&d.Parallel, 8)
	if d.OnProgress == nil {
		d.OnProgress = func(int, int) {}
	}
	return d
}

func (d Deployment) check() error {
	switch {
	case d.Program.IsZero():
		return fmt.Errorf("%w: no address: set Deployment.Program, or Key for a new program", ErrDeploy)
	case !bytes.HasPrefix(d.ELF, []byte("\x7fELF")):
		return fmt.Errorf("%w: the code is no ELF file", ErrDeploy)
	case d.Room < len(d.ELF) || d.Room > loader.MaxCode:
		return fmt.Errorf("%w: Room of %d bytes, it must be from %d, the code's length, to %d", ErrDeploy, d.Room, len(d.ELF), loader.MaxCode)
	case d.Parallel < 0:
		return fmt.Errorf("%w: Parallel is negative", ErrDeploy)
	}
	return nil
}

// sameCode compares code on chain, which zeros may follow.
func sameCode(a, b []byte) bool {
	return bytes.Equal(bytes.TrimRight(a, "\x00"), bytes.TrimRight(b, "\x00"))
}

// install makes the buffer's code the program's, in one transaction, and waits
// until it can be called.
func (c *Client) install(ctx context.Context, d Deployment, plan DeployPlan) error {
	var r Receipt
	var err error
	program, data, wallet := d.Program, ProgramDataAddress(d.Program), c.Wallet()
	if plan.Action == DeployNew {
		r, err = c.Send(ctx, loader.Deploy(wallet, data, program, plan.Buffer, plan.programTopUp, d.Room), d.Key)
	} else {
		if err := c.extend(ctx, d.Program, plan.Extend); err != nil {
			return err
		}
		r, err = c.sendOne(ctx, loader.Upgrade(data, program, plan.Buffer, wallet, wallet))
	}
	if err != nil {
		return err
	}
	return c.visible(ctx, r.Slot)
}

// extend makes room for longer code. Of the two instructions for it a chain
// knows one.
func (c *Client) extend(ctx context.Context, program solana.PublicKey, bytes int) error {
	if bytes == 0 {
		return nil
	}
	data, wallet := ProgramDataAddress(program), c.Wallet()
	r, err := c.sendOne(ctx, loader.ExtendChecked(data, program, wallet, wallet, uint32(bytes)))
	var refused *TransactionError
	if errors.As(err, &refused) && refused.Signature.IsZero() && refused.Reason == "InvalidInstructionData" {
		r, err = c.sendOne(ctx, loader.Extend(data, program, wallet, uint32(bytes)))
	}
	if err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	return c.visible(ctx, r.Slot) // once a slot
}

// visible waits until the chain is past a slot: a program can be called from
// the slot after its deployment on.
func (c *Client) visible(ctx context.Context, slot uint64) error {
	for {
		now, err := c.Slot(ctx)
		if err != nil || now > slot {
			return err
		}
		if err := sleep(ctx, firstPause); err != nil {
			return err
		}
	}
}
