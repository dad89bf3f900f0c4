package round

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
)

// BaseModel is the subject of a score of a round's base model. The subject of a
// score of a gradient is its trainer.
var BaseModel = solana.PublicKey{}

// ErrUnknownScore means that no accuracy matches a commitment: it was not made
// with this wallet's salt.
var ErrUnknownScore = errors.New("round: the commitment was not made with this wallet's salt")

// CommitmentHash is what a validator commits to:
//
//	sha256("decloud:v1" ‖ program ‖ round id ‖ subject ‖ validator ‖ accuracy ‖ salt)
//
// with the round's id as 8 and the accuracy as 4 bytes, little-endian.
func CommitmentHash(program solana.PublicKey, id uint64, subject, validator solana.PublicKey, accuracy uint32, salt [32]byte) [32]byte {
	h := sha256.New()
	h.Write([]byte("decloud:v1"))
	h.Write(program[:])
	h.Write(le(id))
	h.Write(subject[:])
	h.Write(validator[:])
	h.Write(le(uint64(accuracy))[:4])
	h.Write(salt[:])
	return [32]byte(h.Sum(nil))
}

// Salt is the wallet's salt for a subject of a round:
//
//	sha256(signature over "decloud:salt:v1" ‖ program ‖ round id ‖ subject)
//
// Nobody else can compute it, and the wallet can at any time: nothing about a
// commitment has to be stored. The Signer must return the same signature for the
// same message, as plain ed25519 does.
func (c *Client) Salt(ctx context.Context, id uint64, subject solana.PublicKey) ([32]byte, error) {
	message := append([]byte("decloud:salt:v1"), c.addr.Program[:]...)
	message = append(append(message, le(id)...), subject[:]...)
	sig, err := c.chain.SignMessage(ctx, message)
	if err != nil {
		return [32]byte{}, fmt.Errorf("round: salt: %w", err)
	}
	return sha256.Sum256(sig[:]), nil
}

// CommitValidation commits to a score of a commit-reveal round, in hundredths of a
// percent, so that nobody can copy it. The subject is [BaseModel] or a trainer.
func (c *Client) CommitValidation(ctx context.Context, id uint64, subject solana.PublicKey, accuracy uint32) (Receipt, error) {
	return c.commit(ctx, id, subject, accuracy, false)
}

// CommitSealed is CommitValidation for a sealed round.
func (c *Client) CommitSealed(ctx context.Context, id uint64, subject solana.PublicKey, accuracy uint32) (Receipt, error) {
	return c.commit(ctx, id, subject, accuracy, true)
}

func (c *Client) commit(ctx context.Context, id uint64, subject solana.PublicKey, accuracy uint32, sealed bool) (Receipt, error) {
	if err := checkAccuracy(accuracy); err != nil {
		return Receipt{}, err
	}
	salt, err := c.Salt(ctx, id, subject)
	if err != nil {
		return Receipt{}, err
	}
	hash := CommitmentHash(c.addr.Program, id, subject, c.Wallet(), accuracy, salt)
	return c.onRound(ctx, id, CommitValidation{RoundID: id, Subject: subject, Hash: hash, Sealed: sealed, Validator: c.Wallet()})
}

// RevealPrevalidation reveals a score of the base model.
func (c *Client) RevealPrevalidation(ctx context.Context, id uint64, accuracy uint32) (Receipt, error) {
	salt, err := c.Salt(ctx, id, BaseModel)
	if err != nil {
		return Receipt{}, err
	}
	return c.onRound(ctx, id, RevealPrevalidation{RoundID: id, Accuracy: accuracy, Salt: salt, Validator: c.Wallet()})
}

// RevealPostvalidation reveals a score of a trainer's gradient.
func (c *Client) RevealPostvalidation(ctx context.Context, id uint64, trainer solana.PublicKey, accuracy uint32) (Receipt, error) {
	salt, err := c.Salt(ctx, id, trainer)
	if err != nil {
		return Receipt{}, err
	}
	return c.onRound(ctx, id, RevealPostvalidation{RoundID: id, Trainer: trainer, Accuracy: accuracy, Salt: salt, Validator: c.Wallet()})
}

// Reveal reveals the score of a subject that the wallet committed to. It finds the
// score by trying: with the salt, there are only 10,001. So a validator that has
// lost its records can still reveal.
func (c *Client) Reveal(ctx context.Context, id uint64, subject solana.PublicKey) (Receipt, error) {
	commitment, err := c.Commitment(ctx, id, subject, c.Wallet())
	if err != nil {
		return Receipt{}, err
	}
	salt, err := c.Salt(ctx, id, subject)
	if err != nil {
		return Receipt{}, err
	}
	for accuracy := range uint32(rating.MaxAccuracy + 1) {
		if CommitmentHash(c.addr.Program, id, subject, c.Wallet(), accuracy, salt) != commitment.Hash {
			continue
		}
		if subject == BaseModel {
			return c.RevealPrevalidation(ctx, id, accuracy)
		}
		return c.RevealPostvalidation(ctx, id, subject, accuracy)
	}
	return Receipt{}, ErrUnknownScore
}

// CloseCommitment gives back the rent of a score that was never revealed, once
// its reveal window is over, and in a sealed round once that is closed.
func (c *Client) CloseCommitment(ctx context.Context, id uint64, subject solana.PublicKey) (Receipt, error) {
	return c.onClosed(ctx, id, CloseCommitment{RoundID: id, Subject: subject, Validator: c.Wallet()})
}
