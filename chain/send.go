package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gagliardetto/solana-go/rpc/jsonrpc"
)

// Send signs the instructions as one transaction, has the node check it, sends
// it and waits until it is confirmed. Either all of them take effect or none.
//
// The same signed bytes are sent again until they land or their blockhash has
// expired; only then, and only after a last look for the signature, is a new
// transaction signed. So what may have landed is never paid for twice, even if
// every reply is lost. If the context ends first, the error wraps [ErrUnconfirmed]
// and names the signature to look up.
//
// The client's wallet pays and signs; signers are further accounts that must sign. A client
// with a [Config.DryRun] signs and sends nothing.
func (c *Client) Send(ctx context.Context, instructions []solana.Instruction, signers ...Signer) (Receipt, error) {
	if c.cfg.Signer == nil {
		return Receipt{}, ErrNoSigner
	}
	if slices.Contains(signers, nil) {
		return Receipt{}, fmt.Errorf("%w: a signer is nil", ErrArgument)
	}
	instructions, err := copied(instructions)
	if err != nil {
		return Receipt{}, err
	}
	if c.cfg.DryRun != nil {
		return Receipt{}, c.rehearse(ctx, instructions)
	}
	return c.run(ctx, instructions, signers)
}

// errStale: a signed transaction has not landed and never will. errUnsent: the
// same, and no node ever passed it on.
var (
	errStale  = errors.New("the blockhash expired")
	errUnsent = fmt.Errorf("%w for the node that checked the transaction", errStale)
)

// run signs, sends and confirms, and signs again what has expired.
func (c *Client) run(ctx context.Context, instructions []solana.Instruction, signers []Signer) (r Receipt, err error) {
	defer c.busy.begin()()
	if err := c.nodes.oneNetwork(ctx); err != nil {
		return Receipt{}, err
	}
	var lost []*signedTx
	defer func() { r.Expired = signatures(lost, r.Signature) }()
	var last error
	var before trace
	for n := range c.cfg.SignAttempts {
		p, err := c.prepare(ctx, instructions, n)
		if errors.Is(err, errImplausible) && len(lost) > 0 {
			err = fmt.Errorf("%w: %w", ErrUnconfirmed, err) // nor is it believed about what was sent before
		}
		if err != nil {
			return Receipt{}, err
		}
		if n == 0 {
			before = p.trace
		} else if len(lost) > 0 && p.trace.differs(before) {
			return c.resolve(ctx, lost)
		}
		tx, err := c.sign(ctx, p.basis, append(c.budget(p.price), instructions...), signers)
		if err != nil {
			return Receipt{}, err
		}
		r, err := c.deliver(ctx, tx)
		if r.Signature.IsZero() {
			c.signed.remove(tx.signature) // it will never land
		}
		if !errors.Is(err, errStale) {
			if !r.Signature.IsZero() && !errors.Is(err, ErrUnconfirmed) {
				return c.complete(ctx, r, err)
			}
			return r, err
		}
		last = err
		if !errors.Is(err, errUnsent) {
			lost = append(lost, tx)
		}
		if err := sleep(ctx, min(firstPause<<min(n, 10), longPause)); err != nil {
			return Receipt{}, err
		}
	}
	return Receipt{}, fmt.Errorf("chain: %w (signed %d times: %w)", ErrExpired, c.cfg.SignAttempts, last)
}

// signatures are those of transactions other than the one that landed.
func signatures(all []*signedTx, landed solana.Signature) (out []solana.Signature) {
	for _, tx := range all {
		if tx.signature != landed {
			out = append(out, tx.signature)
		}
	}
	return out
}

// deliver sends a transaction until it is confirmed, refused or stale.
func (c *Client) deliver(ctx context.Context, tx *signedTx) (Receipt, error) {
	maybeSent := false // some attempt may have reached the chain
	var over time.Time // it should have been known by then
	for {
		pause, problem := c.transmit(ctx, tx, maybeSent)
		var refusal *refusedError
		if errors.As(problem, &refusal) && !maybeSent {
			return Receipt{}, refusal.err
		}
		if refusal == nil {
			maybeSent = true
		}
		r, done, err := c.await(ctx, tx, max(pause, c.cfg.ResendInterval))
		if done {
			return r, err
		}
		if ctx.Err() != nil {
			return Receipt{Signature: tx.signature}, fmt.Errorf("chain: transaction %s: %w: %w", tx.signature, ErrUnconfirmed, ctx.Err())
		}
		if !c.passed(ctx, tx) {
			continue
		}
		if r, done, err := c.expired(ctx, tx); done {
			if errors.Is(err, errStale) && problem != nil {
				err = fmt.Errorf("%w, the last attempt to send it: %w", err, problem)
			}
			return r, err
		}
		if over.IsZero() {
			over = time.Now().Add(verdictTimeout)
		}
		if time.Now().After(over) {
			return Receipt{Signature: tx.signature}, fmt.Errorf("chain: transaction %s: the nodes do not agree, or do not say, whether it is lost: %w", tx.signature, ErrUnconfirmed)
		}
	}
}

// verdictTimeout is how long after a transaction should have expired the nodes are
// asked what has become of it.
const verdictTimeout = 5 * time.Minute

// refusedError: the node did not forward the transaction.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }

// transmit sends the bytes once. A [refusedError] means that this attempt did not
// reach the chain; after any other outcome it may have. The pause is the one that
// the node asked for.
func (c *Client) transmit(ctx context.Context, tx *signedTx, again bool) (pause time.Duration, err error) {
	_, err = c.sendRPC.SendTransactionWithOpts(ctx, tx.tx, rpc.TransactionOpts{
		// The node checks a transaction only once: later it may have been
		// processed, and then the check would fail.
		SkipPreflight: again, PreflightCommitment: c.cfg.Commitment,
	})
	if err == nil {
		return 0, nil
	}
	if ctx.Err() != nil {
		return 0, err
	}
	if refusal := c.preflightRefusal(err, tx.programs); refusal != nil {
		var whole *TransactionError
		if errors.As(refusal, &whole) {
			switch whole.Reason {
			case "AlreadyProcessed":
				return 0, nil // landed already: its status says how
			case "BlockhashNotFound":
				return 0, &refusedError{errUnsent} // the node that checked lags behind the one that returned the blockhash
			}
		}
		return 0, &refusedError{refusal}
	}
	if rejected(err) {
		return 0, &refusedError{err}
	}
	pause, _ = pauseAfter(err, 1)
	return min(pause, longestRetryAfter), err // by then its blockhash has expired
}

// rejected reports whether a node has certainly not forwarded a transaction. An
// answer that was lost, cut or too long to read says nothing about that.
func rejected(err error) bool {
	var answer *jsonrpc.RPCError
	if errors.As(err, &answer) {
		switch answer.Code {
		case -32700, -32600, -32601, -32602, // not understood
			-32003, -32006, -32013, -32015: // signature, precompile, version
			return true
		}
		return false
	}
	var web *jsonrpc.HTTPError
	return errors.As(err, &web) && web.Code >= 400 && web.Code < 500
}
