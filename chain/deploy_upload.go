package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/chain/internal/loader"
)

// maxTransaction is the most bytes that a transaction can have.
const maxTransaction = 1232

// chunk is how many bytes of code fit into one transaction.
func (c *Client) chunk(buffer solana.PublicKey) int {
	const typical = 900 // a length whose encoding takes as many bytes as the final one's
	tx, err := solana.NewTransaction(append(c.budget(c.cfg.PriorityFee), loader.Write(buffer, c.Wallet(), 0, make([]byte, typical))),
		solana.Hash{}, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return typical
	}
	tx.Signatures = make([]solana.Signature, tx.Message.Header.NumRequiredSignatures)
	raw, err := tx.MarshalBinary()
	if err != nil {
		return typical
	}
	return typical + maxTransaction - len(raw)
}

// upload writes the code to the buffer: it writes what is missing, and reads the
// buffer again. It is done when the buffer holds the code, whatever was sent.
func (c *Client) upload(ctx context.Context, d Deployment, plan DeployPlan) error {
	if plan.newBuffer {
		create := loader.CreateBuffer(c.Wallet(), bufferSeed(d.Program, d.ELF), plan.Buffer, plan.bufferTopUp, len(d.ELF))
		if _, err := c.Send(ctx, create); err != nil {
			return err
		}
	}
	var missing []piece
	for range c.cfg.SignAttempts + 1 {
		buffer, _, err := c.lookUp(ctx, plan.Buffer)
		if err != nil {
			return err
		}
		b, err := loader.ParseBuffer(buffer.Data)
		if err != nil || len(b.Code) != len(d.ELF) {
			return fmt.Errorf("%w: the size of buffer %s changed while it was written", ErrDeploy, plan.Buffer)
		}
		if missing = pieces(d.ELF, b.Code, c.chunk(plan.Buffer)); len(missing) == 0 {
			d.OnProgress(len(d.ELF), len(d.ELF))
			return nil
		}
		if err := c.write(ctx, d, plan.Buffer, missing); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %d pieces of the code did not arrive: %w", ErrDeploy, len(missing), ErrExpired)
}

// pending is a piece that was sent and has not landed yet.
type pending struct {
	*signedTx
	size int
}

// write sends the pieces until all have landed or their blockhash has expired.
// Writing a piece twice does no harm, so this is simpler than Send: it signs all
// with one blockhash, sends many at a time, and asks for all their signatures in
// few calls.
func (c *Client) write(ctx context.Context, d Deployment, buffer solana.PublicKey, missing []piece) error {
	open := map[solana.Signature]pending{}
	done := len(d.ELF)
	for _, p := range missing {
		done -= len(p.bytes)
	}
	on, err := c.basis(ctx)
	if err != nil {
		return err
	}
	price := c.price(ctx, []solana.PublicKey{buffer}, 0)
	for _, p := range missing {
		tx, err := c.signAt(ctx, append(c.budget(price), loader.Write(buffer, c.Wallet(), p.offset, p.bytes)), []Signer{c.cfg.Signer}, on)
		if err != nil {
			return err
		}
		open[tx.signature] = pending{tx, len(p.bytes)}
	}
	for {
		d.OnProgress(done, len(d.ELF))
		if err := c.sendAll(ctx, open, d.Parallel); err != nil {
			return err
		}
		again := time.Now().Add(c.cfg.ResendInterval)
		for pause := firstPause; time.Now().Before(again); pause = min(2*pause, c.cfg.PollInterval) {
			n, err := c.collect(ctx, open)
			if err != nil {
				return err
			}
			if done += n; n > 0 {
				d.OnProgress(done, len(d.ELF))
			}
			if len(open) == 0 {
				return nil
			}
			if err := sleep(ctx, pause); err != nil {
				return err
			}
		}
		height, err := c.readRPC.GetBlockHeight(ctx, c.cfg.Commitment)
		if err != nil {
			return err
		}
		if height > on.lastValid {
			return nil // upload signs again what is still missing
		}
	}
}

// sendAll sends all open pieces, a bounded number at a time. The first refusal ends
// it.
func (c *Client) sendAll(ctx context.Context, open map[solana.Signature]pending, parallel int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for _, p := range open {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			_, err := c.readRPC.SendTransactionWithOpts(ctx, p.tx, rpc.TransactionOpts{SkipPreflight: true, PreflightCommitment: c.cfg.Commitment})
			if err == nil {
				return
			}
			if refused := c.preflightRefusal(err, p.programs); refused != nil {
				var whole *TransactionError
				if errors.As(refused, &whole) && (whole.Reason == "AlreadyProcessed" || whole.Reason == "BlockhashNotFound") {
					return // its status, or the next blockhash, decides
				}
				cancel(refused)
			} else if rejected(err) {
				cancel(err)
			} // else: what did not arrive is sent again
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// maxStatuses is how many signatures one call may ask for.
const maxStatuses = 256

// collect removes from open what has landed, and returns its size in bytes.
func (c *Client) collect(ctx context.Context, open map[solana.Signature]pending) (bytes int, err error) {
	var signatures []solana.Signature
	for sig := range open {
		signatures = append(signatures, sig)
	}
	for from := 0; from < len(signatures); from += maxStatuses {
		part := signatures[from:min(from+maxStatuses, len(signatures))]
		out, err := c.readRPC.GetSignatureStatuses(ctx, false, part...)
		if err != nil {
			return bytes, err
		}
		if out == nil || len(out.Value) != len(part) {
			return bytes, fmt.Errorf("chain: getSignatureStatuses: %w", errMalformedAnswer)
		}
		for i, status := range out.Value {
			if status == nil || !finalEnough(status, c.cfg.Commitment) {
				continue
			}
			p := open[part[i]]
			if err := c.refusal(status.Err, p.programs, nil); err != nil {
				return bytes, withSignature(err, part[i])
			}
			bytes += p.size
			delete(open, part[i])
		}
	}
	return bytes, nil
}
