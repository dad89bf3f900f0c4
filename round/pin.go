package round

import (
	"context"
	"errors"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Pin returns a client whose transactions take effect only while each of the
// rounds still has the terms that it had when it was read: every verb puts an
// [AssertTerms] for each of them in front, in the same transaction. Whoever puts
// reputation or money at stake (scores, commitments, submissions, stakes) sends
// through it, so that a creator cannot change what was agreed to in the moment
// before:
//
//	r, err := c.Round(ctx, id)
//	// … look at r, and decide …
//	receipt, err := c.Pin(r).Prevalidate(ctx, id, accuracy)
//
// The error wraps [ErrTermsChanged] if the terms are others now: read the round
// again, and decide anew. It costs about 600 compute units for each round. Pins of
// the client itself are kept.
//
// A program that was deployed before it knew this instruction refuses it; the
// transaction is then sent without, unless [Config.RequirePins] is set.
func (c *Client) Pin(rounds ...*Round) *Client {
	pinned := *c
	pinned.pins = slices.Clone(c.pins)
	for _, r := range rounds {
		pin := AssertTerms{}
		if r != nil {
			pin = AssertTerms{RoundID: r.ID, Hash: r.TermsHash()}
		}
		pinned.pins = append(pinned.pins, pin)
	}
	return &pinned
}

// withPins does something with the instructions and the client's pins in front,
// or without them where the program does not know the instruction.
func (c *Client) withPins(instructions []Instruction, do func([]Instruction) error) error {
	if len(c.pins) == 0 || !c.requirePins && c.shared.lacksPins.Load() {
		return do(instructions)
	}
	err := do(slices.Concat(c.pins, instructions))
	if !errors.Is(err, chain.ErrInstructionUnknown) || c.requirePins {
		return err
	}
	if err = do(instructions); !errors.Is(err, chain.ErrInstructionUnknown) {
		c.shared.lacksPins.Store(true)
	}
	return err
}

// sendPinned sends the instructions behind the client's pins.
func (c *Client) sendPinned(ctx context.Context, instructions []Instruction) (r Receipt, err error) {
	err = c.withPins(instructions, func(all []Instruction) error {
		r, err = c.send(ctx, all...)
		return err
	})
	return r, err
}
