package chain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

// DeployAction is what a deployment has to do.
type DeployAction string

// The actions of a deployment.
const (
	DeployNothing DeployAction = "nothing" // the same code is there already
	DeployNew     DeployAction = "deploy"  // there is no program yet
	DeployUpgrade DeployAction = "upgrade" // there is a program with other code
)

// DeployPlan is what a deployment will do and cost.
type DeployPlan struct {
	Action   DeployAction     // what it will do
	Buffer   solana.PublicKey // the account that the code is written to first
	Present  int              // bytes of the code that an earlier attempt left in the buffer
	Extend   int              // bytes of room that an upgrade has to add
	Fees     uint64           // lamports, at most, if nothing has to be sent twice
	Deposit  uint64           // lamports that stay in the program's accounts
	Required uint64           // lamports that the wallet must have at the start; all but fees and deposit come back
	Balance  uint64           // lamports that it has

	missing      int // pieces of the code that must be written
	newBuffer    bool
	bufferHas    uint64 // lamports at the buffer's address
	bufferTopUp  uint64 // lamports that its rent still needs; they come back when its code is installed
	programTopUp uint64 // lamports that the program account's rent still needs
}

func (p DeployPlan) affordable() error {
	if p.Balance >= p.Required {
		return nil
	}
	return fmt.Errorf("%w: the wallet has %s SOL and needs %s: %s for fees, %s that stay in the program's accounts, and the rest comes back: %w",
		ErrDeploy, FormatSOL(p.Balance), FormatSOL(p.Required), FormatSOL(p.Fees), FormatSOL(p.Deposit), ErrInsufficientFunds)
}

// PlanDeploy computes what [Client.Deploy] would do and cost. It sends nothing.
func (c *Client) PlanDeploy(ctx context.Context, d Deployment) (DeployPlan, error) {
	if c.cfg.Signer == nil {
		return DeployPlan{}, ErrNoSigner
	}
	d = d.withDefaults()
	if err := d.check(); err != nil {
		return DeployPlan{}, err
	}
	p := DeployPlan{Action: DeployUpgrade}
	now, err := c.Deployed(ctx, d.Program)
	switch {
	case errors.Is(err, ErrNotFound):
		p.Action = DeployNew
		if d.Key == nil || d.Key.PublicKey() != d.Program {
			return p, fmt.Errorf("%w: there is no program at %s yet: set Deployment.Key to its keypair to deploy a new one", ErrDeploy, d.Program)
		}
	case err != nil:
		return p, err
	case sameCode(now.Code, d.ELF):
		p.Action = DeployNothing
		return p, nil
	case now.Authority.IsZero():
		return p, fmt.Errorf("%w: the program %s is immutable: nobody can upgrade it", ErrDeploy, d.Program)
	}
	if p.Action == DeployUpgrade && now.Authority != c.Wallet() {
		return p, fmt.Errorf("%w: the upgrade authority of %s is %s, not this wallet", ErrDeploy, d.Program, now.Authority)
	}
	if err := c.planBuffer(ctx, d, &p); err != nil {
		return p, err
	}
	err = c.planMoney(ctx, d, now, &p)
	return p, err
}

// bufferSeed makes the buffer's address one that the next attempt finds.
func bufferSeed(program solana.PublicKey, elf []byte) string {
	h := sha256.New()
	h.Write([]byte("deploy buffer"))
	h.Write(program[:])
	h.Write(elf)
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// planBuffer reads what an earlier attempt left in the buffer.
func (c *Client) planBuffer(ctx context.Context, d Deployment, p *DeployPlan) error {
	var err error
	if p.Buffer, err = solana.CreateWithSeed(c.Wallet(), bufferSeed(d.Program, d.ELF), solana.BPFLoaderUpgradeableProgramID); err != nil {
		return fmt.Errorf("%w: %w", ErrDeploy, err)
	}
	found, _, err := c.lookUp(ctx, p.Buffer)
	if err != nil {
		return err
	}
	p.bufferHas = found.Lamports
	code := make([]byte, len(d.ELF))
	switch found.Owner {
	case solana.BPFLoaderUpgradeableProgramID:
		b, err := loader.ParseBuffer(found.Data)
		if err != nil || b.Authority != c.Wallet() || len(b.Code) != len(d.ELF) {
			return fmt.Errorf("%w: %s should be the buffer of an earlier attempt, but holds something else: close it", ErrDeploy, p.Buffer)
		}
		code = b.Code
	case solana.SystemProgramID:
		p.newBuffer = true
	default:
		return fmt.Errorf("%w: the buffer's address %s belongs to %s", ErrDeploy, p.Buffer, found.Owner)
	}
	total := 0
	for _, w := range pieces(d.ELF, code, c.chunk(p.Buffer)) {
		p.missing++
		total += len(w.bytes)
	}
	if !p.newBuffer {
		p.Present = len(d.ELF) - total
	}
	return nil
}

// planMoney computes what the wallet must have.
func (c *Client) planMoney(ctx context.Context, d Deployment, now Deployed, p *DeployPlan) error {
	var err error
	if p.Balance, err = c.Balance(ctx, c.Wallet()); err != nil {
		return err
	}
	sizes := []int{0, loader.BufferHeader + len(d.ELF), loader.ProgramSize, loader.ProgramDataHeader + d.Room}
	if p.Action == DeployUpgrade {
		if short := d.Room - now.Room; short > 0 {
			p.Extend = min(max(short, loader.MinExtension), loader.MaxCode-now.Room)
		}
		sizes[3] = loader.ProgramDataHeader + now.Room + p.Extend
	}
	rents := make([]uint64, len(sizes))
	for i, size := range sizes {
		if rents[i], err = c.readRPC.GetMinimumBalanceForRentExemption(ctx, uint64(size), c.cfg.Commitment); err != nil {
			return err
		}
	}
	p.bufferTopUp = rents[1] - min(rents[1], p.bufferHas)
	program, _, err := c.lookUp(ctx, d.Program)
	if err != nil {
		return err
	}
	signatures := uint64(p.missing + 1)
	if p.newBuffer {
		signatures++
	}
	peak := p.bufferTopUp
	if p.Action == DeployNew {
		signatures++ // the program's own
		p.programTopUp = rents[2] - min(rents[2], program.Lamports)
		p.Deposit = p.programTopUp + rents[3]
		// The buffer's lamports come back before the program data is paid for.
		peak += p.programTopUp + rents[3] - min(rents[3], p.bufferHas+p.bufferTopUp)
	} else if p.Extend > 0 {
		signatures++
		p.Deposit = rents[3] - min(rents[3], now.Lamports)
		peak += p.Deposit
	}
	p.Fees = signatures * c.MaxFee()
	p.Required = p.Fees + peak + rents[0]
	return nil
}

// lamportsPerSignature is the chain's fee for one.
const lamportsPerSignature = 5000

// absurdFee is more lamports than any wallet has, and few enough to be multiplied.
const absurdFee = 1 << 53

// priority is the most that one transaction of a few instructions pays on top.
func (c *Client) priority() uint64 {
	units := uint64(c.cfg.ComputeUnits)
	if units == 0 {
		units = 5 * 200_000
	}
	return priorityFee(units, max(c.cfg.PriorityFee, c.cfg.MaxPriorityFee))
}

// priorityFee is what so many compute units cost in lamports, at a price in millionths of a
// lamport.
func priorityFee(units, price uint64) uint64 {
	hi, lo := bits.Mul64(units, price)
	if hi >= 1_000_000 {
		return absurdFee
	}
	fee, rest := bits.Div64(hi, lo, 1_000_000)
	if rest > 0 {
		fee++
	}
	return min(fee, absurdFee)
}

// piece is a part of the code that must be written.
type piece struct {
	offset uint32
	bytes  []byte
}

// pieces are the parts of the code that are not there yet.
func pieces(want, have []byte, size int) []piece {
	var out []piece
	for from := 0; from < len(want); from += size {
		to := min(from+size, len(want))
		if !bytes.Equal(want[from:to], have[from:to]) {
			out = append(out, piece{uint32(from), want[from:to]})
		}
	}
	return out
}
