package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gagliardetto/solana-go"
)

// signedTx is a signed transaction.
type signedTx struct {
	tx        *solana.Transaction
	signature solana.Signature
	basis                        // that it was signed on
	programs  []solana.PublicKey // of each instruction
}

// sign makes a transaction that this client has not signed before. With the same
// blockhash, the same instructions would be the same transaction, which the chain
// executes only once.
func (c *Client) sign(ctx context.Context, on basis, instructions []solana.Instruction, signers []Signer) (*signedTx, error) {
	const tries = 50
	signers = append([]Signer{c.cfg.Signer}, signers...)
	for range tries {
		tx, err := c.signAt(ctx, instructions, signers, on)
		if err != nil {
			return nil, err
		}
		if c.signed.add(tx.signature) {
			return tx, nil
		}
		if err := sleep(ctx, firstPause); err != nil {
			return nil, err
		}
		if on, err = c.basis(ctx); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("chain: the same transaction was sent before, and the node returns no new blockhash for another one: try again in a moment")
}

func (c *Client) signAt(ctx context.Context, instructions []solana.Instruction, signers []Signer, on basis) (*signedTx, error) {
	tx, err := solana.NewTransaction(instructions, on.blockhash, solana.TransactionPayer(c.Wallet()))
	if err != nil {
		return nil, fmt.Errorf("chain: make transaction: %w", err)
	}
	if tx.Signatures, err = signMessage(ctx, &tx.Message, signers); err != nil {
		return nil, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("chain: make transaction: %w", err)
	}
	if len(raw) > maxTransaction {
		return nil, fmt.Errorf("%w: the transaction has %d bytes, %d at most are possible: send its instructions in several", ErrArgument, len(raw), maxTransaction)
	}
	return &signedTx{tx: tx, signature: tx.Signatures[0], basis: on, programs: programIDs(instructions)}, nil
}

// signMessage collects the signatures of all accounts that must sign, in the
// message's order.
func signMessage(ctx context.Context, m *solana.Message, signers []Signer) ([]solana.Signature, error) {
	message, err := m.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("chain: make transaction: %w", err)
	}
	var out []solana.Signature
	for _, key := range m.AccountKeys[:m.Header.NumRequiredSignatures] {
		i := slices.IndexFunc(signers, func(s Signer) bool { return s.PublicKey() == key })
		if i < 0 {
			return nil, fmt.Errorf("chain: sign: %s must sign, too: pass its Signer", key)
		}
		sig, err := verifiedSignature(ctx, signers[i], message)
		if err != nil {
			return nil, err
		}
		out = append(out, sig)
	}
	return out, nil
}

// recentSignatures is a bounded set of the client's last signatures.
type recentSignatures struct {
	mu    sync.Mutex
	known map[solana.Signature]struct{}
	order []solana.Signature
}

// maxRecent is far more than one wallet signs within the life of a blockhash.
const maxRecent = 1024

// add reports whether the signature is new.
func (s *recentSignatures) add(sig solana.Signature) bool {
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
	if len(s.order) > maxRecent {
		delete(s.known, s.order[0])
		s.order = s.order[1:]
	}
	return true
}

func (s *recentSignatures) remove(sig solana.Signature) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, sig)
}
