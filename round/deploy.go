package round

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round/internal/loader"
)

// ErrDeploy is wrapped by every error about a program that cannot be deployed
// as it was asked for.
var ErrDeploy = errors.New("round: deploy")

// Deployment says what is to stand at the address of the client's program.
type Deployment struct {
	// ELF is the code. Default: [Program].
	ELF []byte
	// Key is the program's keypair, needed only where nothing stands at the
	// address yet.
	Key Signer
	// Room is how large the code can become later on, in bytes. Default: twice
	// its length.
	Room int
	// OnProgress hears how much is on the chain. Default: nobody.
	OnProgress func(written, total int)
}

const (
	// chunk is how much code goes into one transaction.
	chunk = 900
	// writers is how many of those are under way at a time.
	writers = 8
	// passes is how often the code is compared and what is missing written.
	passes = 3
)

// Deploy brings the program to the client's address through the upgradeable
// loader, or upgrades the one that stands there; the wallet pays, and becomes
// or must be its upgrade authority. Where the same code stands there already,
// nothing is done. A deployment that was cut short goes on where it stopped:
// its buffer's address follows from the wallet and the code.
//
// A new program is of use only after [Client.Initialize].
func (c *Client) Deploy(ctx context.Context, d Deployment) error {
	if c.cfg.Signer == nil {
		return ErrNoSigner
	}
	if d.ELF == nil {
		d.ELF = Program()
	}
	if d.Room == 0 {
		d.Room = min(2*len(d.ELF), loader.MaxCode)
	}
	if !bytes.HasPrefix(d.ELF, []byte("\x7fELF")) || len(d.ELF) > d.Room || d.Room > loader.MaxCode {
		return fmt.Errorf("%w: an ELF of at most Room bytes is needed, and a Room of at most %d", ErrDeploy, loader.MaxCode)
	}
	present, err := c.deployed(ctx)
	if err != nil {
		return err
	}
	if present == nil && (d.Key == nil || d.Key.PublicKey() != c.addr.Program) {
		return fmt.Errorf("%w: nothing stands at %s yet: Deployment.Key must be its keypair", ErrDeploy, c.addr.Program)
	}
	if present != nil && present.Authority != c.Wallet() {
		return fmt.Errorf("%w: the upgrade authority of %s is %s, not this wallet", ErrDeploy, c.addr.Program, present.Authority)
	}
	if present != nil && bytes.Equal(bytes.TrimRight(present.Code, "\x00"), bytes.TrimRight(d.ELF, "\x00")) {
		return nil
	}
	buffer, err := c.upload(ctx, d)
	if err != nil {
		return err
	}
	if present == nil {
		return c.install(ctx, d, buffer)
	}
	return c.upgrade(ctx, d, buffer, len(present.Code))
}

// SetUpgradeAuthority hands the right to upgrade the program over. The zero key
// gives it up for good.
func (c *Client) SetUpgradeAuthority(ctx context.Context, to solana.PublicKey) (Receipt, error) {
	if c.cfg.Signer == nil {
		return Receipt{}, ErrNoSigner
	}
	r, _, err := c.run(ctx, []solana.Instruction{loader.SetAuthority(c.addr.ProgramData(), c.Wallet(), to)})
	return r, err
}

// Deployed is the program that stands at the client's address.
type Deployed struct {
	Slot      uint64           // of its last deployment
	Authority solana.PublicKey // who may upgrade it; zero: nobody, ever
	Code      []byte           // without the zeros behind it
	// Known: it is, byte for byte, the program of this SDK. Where it is not, an
	// older or newer one may be as good; whether to trust it is for you to say.
	Known bool
}

// Deployed reads the program at the client's address. The error wraps
// [ErrNotFound] where there is none.
func (c *Client) Deployed(ctx context.Context) (Deployed, error) {
	present, err := c.deployed(ctx)
	if err != nil {
		return Deployed{}, err
	}
	if present == nil {
		return Deployed{}, &AccountError{"Program", c.addr.Program, ErrNotFound}
	}
	code := bytes.TrimRight(present.Code, "\x00")
	return Deployed{Slot: present.Slot, Authority: present.Authority, Code: code,
		Known: bytes.Equal(code, bytes.TrimRight(Program(), "\x00"))}, nil
}

// deployed is the program that stands at the address, nil for none.
func (c *Client) deployed(ctx context.Context) (*loader.ProgramData, error) {
	data, err := c.account(ctx, "Program", c.addr.Program, solana.BPFLoaderUpgradeableProgramID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at, err := loader.ParseProgram(data)
	if err != nil {
		return nil, &AccountError{"Program", c.addr.Program, err}
	}
	if data, err = c.account(ctx, "ProgramData", at, solana.BPFLoaderUpgradeableProgramID); err != nil {
		return nil, err
	}
	present, err := loader.ParseProgramData(data)
	if err != nil {
		return nil, &AccountError{"ProgramData", at, err}
	}
	return &present, nil
}

// upload brings the code into a buffer.
func (c *Client) upload(ctx context.Context, d Deployment) (solana.PublicKey, error) {
	sum := sha256.Sum256(d.ELF)
	seed := hex.EncodeToString(sum[:])[:32] // the most that a seed can have
	address, err := solana.CreateWithSeed(c.Wallet(), seed, solana.BPFLoaderUpgradeableProgramID)
	if err != nil {
		return address, fmt.Errorf("%w: %w", ErrDeploy, err)
	}
	for range passes {
		there, err := c.buffer(ctx, address, seed, len(d.ELF))
		if err != nil {
			return address, err
		}
		missing := differing(there, d.ELF)
		if len(missing) == 0 {
			return address, nil
		}
		if err := c.write(ctx, address, d, missing); err != nil {
			return address, err
		}
	}
	return address, fmt.Errorf("%w: the buffer %s does not hold what was written: try again", ErrDeploy, address)
}

// buffer is what the buffer holds; it is made where there is none.
func (c *Client) buffer(ctx context.Context, address solana.PublicKey, seed string, length int) ([]byte, error) {
	data, err := c.account(ctx, "Buffer", address, solana.BPFLoaderUpgradeableProgramID)
	if errors.Is(err, ErrNotFound) {
		rent, err := c.rpc.GetMinimumBalanceForRentExemption(ctx, uint64(loader.BufferHeader+length), c.cfg.Commitment)
		if err != nil {
			return nil, err
		}
		if _, _, err = c.run(ctx, loader.CreateBuffer(c.Wallet(), seed, address, rent, length)); err != nil {
			return nil, fmt.Errorf("%w: make the buffer: %w", ErrDeploy, err)
		}
		return make([]byte, length), nil
	}
	if err != nil {
		return nil, err
	}
	b, err := loader.ParseBuffer(data)
	if err == nil && (len(b.Code) != length || b.Authority != c.Wallet()) {
		err = ErrBadAccount
	}
	if err != nil {
		return nil, &AccountError{"Buffer", address, err}
	}
	return b.Code, nil
}

// differing are the offsets of the chunks that are not there yet.
func differing(there, code []byte) []int {
	var out []int
	for at := 0; at < len(code); at += chunk {
		end := min(at+chunk, len(code))
		if !bytes.Equal(there[at:end], code[at:end]) {
			out = append(out, at)
		}
	}
	return out
}

// write puts chunks into the buffer, some at a time. Progress is reported on
// the caller's goroutine.
func (c *Client) write(ctx context.Context, buffer solana.PublicKey, d Deployment, offsets []int) (failure error) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	jobs, results := make(chan int, len(offsets)), make(chan error, len(offsets))
	for _, at := range offsets {
		jobs <- at
	}
	close(jobs)
	for range writers {
		group.Go(func() {
			for at := range jobs {
				code := d.ELF[at:min(at+chunk, len(d.ELF))]
				_, _, err := c.run(ctx, []solana.Instruction{loader.Write(buffer, c.Wallet(), uint32(at), code)})
				results <- err
			}
		})
	}
	missing := len(offsets)
	for range offsets {
		err := <-results
		if err != nil && failure == nil {
			failure = fmt.Errorf("%w: write: %w", ErrDeploy, err)
			cancel()
		}
		if missing--; failure == nil && d.OnProgress != nil {
			d.OnProgress(max(0, len(d.ELF)-missing*chunk), len(d.ELF))
		}
	}
	return failure
}

// install makes the buffer a new program.
func (c *Client) install(ctx context.Context, d Deployment, buffer solana.PublicKey) error {
	rent, err := c.rpc.GetMinimumBalanceForRentExemption(ctx, loader.ProgramSize, c.cfg.Commitment)
	if err != nil {
		return err
	}
	r, _, err := c.run(ctx, loader.Deploy(c.Wallet(), c.addr.ProgramData(), c.addr.Program, buffer, rent, d.Room), d.Key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDeploy, err)
	}
	return c.visible(ctx, r.Slot)
}

// upgrade makes the buffer the program's new code.
func (c *Client) upgrade(ctx context.Context, d Deployment, buffer solana.PublicKey, room int) error {
	if more := len(d.ELF) - room; more > 0 {
		r, _, err := c.run(ctx, []solana.Instruction{loader.Extend(c.addr.ProgramData(), c.addr.Program, c.Wallet(), uint32(more))})
		if err != nil {
			return fmt.Errorf("%w: make room: %w", ErrDeploy, err)
		}
		if err := c.visible(ctx, r.Slot); err != nil { // once a slot
			return err
		}
	}
	r, _, err := c.run(ctx, []solana.Instruction{loader.Upgrade(c.addr.ProgramData(), c.addr.Program, buffer, c.Wallet(), c.Wallet())})
	if err != nil {
		return fmt.Errorf("%w: upgrade: %w", ErrDeploy, err)
	}
	return c.visible(ctx, r.Slot)
}

// visible waits until the chain is past a slot: a program can be called from
// the slot after its deployment on.
func (c *Client) visible(ctx context.Context, slot uint64) error {
	for {
		now, err := c.rpc.GetSlot(ctx, c.cfg.Commitment)
		if err != nil {
			return err
		}
		if now > slot {
			return nil
		}
		if err := sleep(ctx, firstPause); err != nil {
			return err
		}
	}
}
