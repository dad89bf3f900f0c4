package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

// ErrDeploy is wrapped by every error about a program that cannot be deployed.
var ErrDeploy = errors.New("chain: deploy")

// Deployment says which code to deploy at which address.
type Deployment struct {
	// Program is the address. Default: that of Key.
	Program solana.PublicKey
	// Key is the program's keypair, needed only if there is no program at the
	// address yet.
	Key Signer
	// ELF is the code, as the compiler for sBPF writes it.
	ELF []byte
	// Room is the space reserved for the code, in bytes. Its rent is paid whether
	// it is used or not; an upgrade that needs more extends it. Default: the
	// code's length.
	Room int
	// Parallel is how many calls at a time write the code. Default: 8.
	Parallel int
	// OnProgress is called, one call at a time, with how many bytes of the code are
	// on the chain. Default: none.
	OnProgress func(written, total int)
}

// Deploy deploys a program at an address through the upgradeable loader, or
// upgrades the one that is there; the wallet pays, and becomes or must be its
// upgrade authority. If the same code is there already, nothing is done. Deploy
// returns when the new code can be called; it has then read it back and compared
// it.
//
// The code is written to a buffer account first, whose address follows from the
// wallet, the program and the code. So an interrupted deployment continues where
// it stopped when Deploy is called again: nothing is written twice. To give one up
// and get the buffer's lamports back, call [Client.CloseBuffer].
//
// Before anything is sent, [Client.PlanDeploy] computes whether the wallet has
// enough lamports; if it has not, the error wraps [ErrInsufficientFunds].
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
		return fmt.Errorf("%w: write to buffer %s: %w; run it again to go on, or close the buffer to get its SOL back",
			ErrDeploy, plan.Buffer, err)
	}
	if err := c.install(ctx, d, plan); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDeploy, plan.Action, err)
	}
	now, err := c.Deployed(ctx, d.Program)
	if err == nil && !sameCode(now.Code, d.ELF) {
		err = fmt.Errorf("%w: the code on chain is not what was uploaded: somebody else upgraded it at the same time", ErrDeploy)
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
		return fmt.Errorf("%w: Room of %d bytes: it must be from %d, the code's length, to %d", ErrDeploy, d.Room, len(d.ELF), loader.MaxCode)
	case d.Parallel < 0:
		return fmt.Errorf("%w: Parallel is negative", ErrDeploy)
	}
	return nil
}

// sameCode reports whether two codes are equal but for zeros after them.
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

// extend makes room for longer code. There are two instructions for it, and a
// chain knows one of them.
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
	return c.visible(ctx, r.Slot) // a program can be changed once per slot
}

// visible waits until the chain is past slot: a program can be called from the slot
// after its deployment on.
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
