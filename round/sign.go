package round

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// signed is a transaction on its way.
type signed struct {
	tx        *solana.Transaction
	signature solana.Signature
	lastValid uint64             // block height; it can land up to here
	programs  []solana.PublicKey // of each instruction
}

// sign makes a transaction that this client has not made before: within one
// blockhash, the same instructions twice would be the same transaction, which
// only happens once.
func (c *Client) sign(ctx context.Context, instructions []solana.Instruction, signers []Signer) (*signed, error) {
	const tries = 50
	for range tries {
		tx, err := c.signOnce(ctx, instructions, append([]Signer{c.cfg.Signer}, signers...))
		if err != nil {
			return nil, err
		}
		if c.taken.add(tx.signature) {
			return tx, nil
		}
		if err := sleep(ctx, firstPause); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("round: the same transaction was sent before, and the node gives no new blockhash")
}

func (c *Client) signOnce(ctx context.Context, instructions []solana.Instruction, signers []Signer) (*signed, error) {
	latest, err := c.latest(ctx)
	if err != nil {
		return nil, err
	}
	return c.signAt(ctx, instructions, signers, latest)
}

// latest is a blockhash to sign with.
func (c *Client) latest(ctx context.Context) (*rpc.LatestBlockhashResult, error) {
	latest, err := c.rpc.GetLatestBlockhash(ctx, c.cfg.Commitment)
	if err != nil {
		return nil, err
	}
	if latest == nil || latest.Value == nil {
		return nil, fmt.Errorf("round: getLatestBlockhash: %w", errRubbish)
	}
	return latest.Value, nil
}

func (c *Client) signAt(ctx context.Context, instructions []solana.Instruction, signers []Signer, latest *rpc.LatestBlockhashResult) (*signed, error) {
	tx, err := solana.NewTransaction(instructions, latest.Blockhash, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return nil, fmt.Errorf("round: make transaction: %w", err)
	}
	if tx.Signatures, err = signMessage(ctx, &tx.Message, signers); err != nil {
		return nil, err
	}
	out := &signed{tx: tx, signature: tx.Signatures[0], lastValid: latest.LastValidBlockHeight}
	for _, ix := range instructions {
		out.programs = append(out.programs, ix.ProgramID())
	}
	return out, nil
}

// signMessage has each account that must sign do so, in the message's order.
func signMessage(ctx context.Context, m *solana.Message, signers []Signer) ([]solana.Signature, error) {
	message, err := m.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("round: make transaction: %w", err)
	}
	var out []solana.Signature
	for _, key := range m.AccountKeys[:m.Header.NumRequiredSignatures] {
		i := slices.IndexFunc(signers, func(s Signer) bool { return s.PublicKey() == key })
		if i < 0 {
			return nil, fmt.Errorf("round: sign: %s would have to sign, too", key)
		}
		sig, err := signers[i].Sign(ctx, message)
		if err != nil {
			return nil, fmt.Errorf("round: sign: %w", err)
		}
		if !sig.Verify(key, message) {
			return nil, errors.New("round: sign: the Signer's signature is not one of its key")
		}
		out = append(out, sig)
	}
	return out, nil
}

// signatures is a bounded set of the last ones.
type signatures struct {
	mu    sync.Mutex
	known map[solana.Signature]struct{}
	order []solana.Signature
}

// maxTaken is far more than one wallet signs within the life of a blockhash.
const maxTaken = 4096

// add tells whether the signature is new.
func (s *signatures) add(sig solana.Signature) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.known[sig]; ok {
		return false
	}
	if s.known == nil {
		s.known = map[solana.Signature]struct{}{}
	}
	s.known[sig] = struct{}{}
	s.order = append(s.order, sig)
	if len(s.order) > maxTaken {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	return true
}

func (s *signatures) remove(sig solana.Signature) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, sig)
}
