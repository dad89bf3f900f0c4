package view

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// trainer is what is known of one beside its submission.
type trainer struct {
	stars  uint16 // its rating now, hundredths of a star
	source string // where it says that it keeps its submission
}

// trainers reads the ratings and the sources of a round's trainers, those that have any. What cannot be read is left out: it
// may be of another version of the program.
func (r *Reader) trainers(ctx context.Context, a accounts) (map[solana.PublicKey]trainer, error) {
	var wanted []solana.PublicKey
	program := r.Rounds.Addresses()
	for _, g := range a.gradients {
		wanted = append(wanted, program.Profile(g.Trainer), program.Source(a.round.ID, g.Trainer))
	}
	all := map[solana.PublicKey]trainer{}
	if len(wanted) == 0 {
		return all, nil
	}
	found, err := r.Chain.Accounts(ctx, wanted...)
	if err != nil {
		return nil, err
	}
	for i, g := range a.gradients {
		var one trainer
		if at := found[2*i]; at.Owner == program.Program {
			if p, err := round.DecodeProfile(at.Address, at.Data); err == nil {
				one.stars = uint16(p.Stars)
			}
		}
		if at := found[2*i+1]; at.Owner == program.Program {
			if s, err := round.DecodeSource(at.Address, at.Data); err == nil {
				one.source = plain(s.Text)
			}
		}
		all[g.Trainer] = one
	}
	return all, nil
}
