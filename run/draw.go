package run

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// DrawOrder are the slots of from in the order of the draw with that seed. The first
// of them are the round's verifiers; the order of the others decides whose initial
// model is taken. It is a Fisher–Yates shuffle without bias; the program's README
// has it in words.
func DrawOrder(seed Digest, from Slots) []int {
	var order []int
	for _, slot := range model.Draw(seed, model.Bitmap(from)) {
		order = append(order, int(slot))
	}
	return order
}

// BallotHash is what a verifier commits to: nobody can tell the ballot from it, nor
// use it as their own.
func BallotHash(run solana.PublicKey, epoch, round uint32, wallet solana.PublicKey, b Ballot, salt [32]byte) Digest {
	return model.VoteHash(run, epoch, round, wallet, b.model(salt))
}
