package main

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// comeBack has the thief, who can fetch alice's head now, submit it under a name and from a
// wallet of its own.
func (g *fairGame) comeBack() error {
	thief := g.players.with(steals)[0]
	alice, err := thief.client.Rounds.Gradient(g.ctx, g.id, g.players.trainers[0].wallet.PublicKey())
	if err != nil {
		return err
	}
	other, err := newPlayer(g.net, filepath.Dir(thief.dir), roleTrainer, thief.name+"-2", nil)
	if err != nil {
		return err
	}
	defer other.client.Close()
	if err := g.net.own.Fund(other.wallet.PublicKey(), g.net.pocket[roleTrainer]); err != nil {
		return err
	}
	root, err := g.relabel(other, alice.CID)
	if err != nil {
		return err
	}
	if _, err := other.client.Rounds.CreateTrainerProfile(g.ctx); err != nil {
		return err
	}
	_, err = other.client.Rounds.SubmitSealed(g.ctx, g.id, root.String())
	if !errors.Is(err, round.ErrDeadlinePassed) && !errors.Is(err, round.ErrSubmissionsClosed) {
		return errors.Join(errors.New("a head was taken after submissions were closed"), err)
	}
	g.s.Tell(thief.name, "has alice's head now, puts another name on it, and is too late: %v", err)
	return nil
}

// relabel publishes a head that somebody else has published under the name of p.
func (g *fairGame) relabel(p *player, text string) (cid.Cid, error) {
	root, err := storage.ParseCID(text)
	if err != nil {
		return root, err
	}
	files, err := p.client.Store.Fetch(g.ctx, root)
	if err != nil {
		return root, err
	}
	head, err := packagefmt.ReadGradient(files, g.pkg)
	if err != nil {
		return root, err
	}
	own, err := packagefmt.GradientFS(head, g.pkg, packagefmt.OwnedBy(packagefmt.Owner{
		Program: g.net.program.String(), Round: g.id, Trainer: p.wallet.PublicKey().String()}))
	if err != nil {
		return root, err
	}
	if root, err = p.client.Store.Add(g.ctx, own); err != nil {
		return root, err
	}
	_, err = p.client.Store.Push(g.ctx, root)
	return root, err
}

// slash has a validator report eve's guesses, each of which costs a part of her stake. Its
// worker would do so in its turn, which takes up to some minutes.
func (g *fairGame) slash() error {
	off, err := g.outliers()
	if err != nil {
		return err
	}
	ada, eve := g.players.validators[0], g.players.with(guesses)[0]
	for _, subject := range off {
		_, err := ada.client.Rounds.SlashValidator(g.ctx, g.id, subject, eve.wallet.PublicKey())
		switch {
		case err == nil:
			g.s.add(ada, "slashed")
		case !errors.Is(err, round.ErrAlreadySlashed): // by a worker whose turn it was
			return err
		}
	}
	_, err = g.until(func(r *round.Round) (bool, error) {
		stake, err := eve.client.Rounds.Stake(g.ctx, eve.wallet.PublicKey())
		return err == nil && stake.Slashed == uint64(len(off))*r.SlashAmount(), err
	})
	if err == nil {
		g.s.Tell(ada.name, "reports %d guesses of val-eve's that are off", len(off))
	}
	return err
}

// outliers are the subjects that eve's guesses were off at.
func (g *fairGame) outliers() (off []solana.PublicKey, err error) {
	r, err := g.me.client.Rounds.Round(g.ctx, g.id)
	if err != nil {
		return nil, err
	}
	eve := g.players.with(guesses)[0]
	base, err := eve.client.Rounds.PreValidation(g.ctx, g.id, eve.wallet.PublicKey())
	if err != nil {
		return nil, err
	}
	if r.IsOutlier(base) {
		off = append(off, round.BaseModel)
	}
	scores, err := eve.client.Rounds.PostValidationsOf(g.ctx, eve.wallet.PublicKey())
	for _, v := range scores {
		if r.IsOutlier(v) {
			off = append(off, v.Trainer)
		}
	}
	return off, err
}

// claim has those claim who have no worker, and waits until everybody was paid.
func (g *fairGame) claim() error {
	for _, p := range []*player{g.players.with(steals)[0], g.players.with(guesses)[0]} {
		if _, err := p.client.Claim(g.ctx, g.id); err != nil {
			return err
		}
	}
	_, err := g.until(func(r *round.Round) (done bool, err error) {
		gradients, err := g.me.client.Rounds.Gradients(g.ctx, g.id)
		if err != nil {
			return false, err
		}
		unpaid := func(of *round.Gradient) bool { return !of.RewardClaimed }
		if g.vault, err = g.me.client.Rounds.Vault(g.ctx, g.id); err != nil {
			return false, err
		}
		return g.vault.ValidatorClaims == r.Validations && !slices.ContainsFunc(gradients, unpaid), nil
	})
	return err
}

// withdraw has the creator take back what nobody earned, which closes the vault.
func (g *fairGame) withdraw() (remainder uint64, err error) {
	receipt, err := g.me.client.Rounds.WithdrawRemainder(g.ctx, g.id)
	if err != nil {
		return 0, err
	}
	if _, err := g.me.client.Rounds.Vault(g.ctx, g.id); !errors.Is(err, chain.ErrNotFound) {
		return 0, errors.Join(errors.New("the vault should be gone now that everybody was paid"), err)
	}
	g.s.Tell(g.me.name, "takes back the remainder of %s SOL", chain.FormatSOL(receipt.Paid()))
	return receipt.Paid(), nil
}

// ofFairTrainer tells what a trainer's worker reports.
func (s *story) ofFairTrainer(p *player) func(trainer.Event) {
	return func(e trainer.Event) {
		switch e.Kind {
		case trainer.EventTrained:
			s.Tell(p.name, "has trained on %d digits", p.data.Len())
		case trainer.EventSubmitted:
			s.Tell(p.name, "submits the CID of its head, and its bond")
			s.detail(p.name, "%s, transaction %s", e.CID, e.Signature)
		case trainer.EventPublished:
			s.detail(p.name, "publishes %s", e.CID)
		case trainer.EventDrawn:
			s.Tell(p.name, "draws the committee")
		case trainer.EventClaimed:
			s.Tell(p.name, "claims %s SOL", chain.FormatSOL(e.Lamports))
		case trainer.EventRefused, trainer.EventFailed:
			s.failed(p, e.Err, e.Retry)
		}
		s.add(p, string(e.Kind))
	}
}

// ofFairValidator tells what a validator's worker reports.
func (s *story) ofFairValidator(p *player) func(validator.Event) {
	return func(e validator.Event) {
		switch e.Kind {
		case validator.EventGradient:
			s.detail(p.name, "commits to a score of %s's head%s", s.name(e.Trainer), remark(e.Score))
		case validator.EventRefused, validator.EventFailed:
			s.failed(p, e.Err, e.Retry)
		}
		s.add(p, string(e.Kind))
	}
}

// failed ends the launch, unless the worker only waits for something.
func (s *story) failed(p *player, err error, retry time.Duration) {
	if retry == 0 {
		s.abort(p.name, err)
		return
	}
	s.detail(p.name, "waits %s: %v", retry, err)
}

// add counts an event.
func (s *story) add(p *player, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events[kind]++
	if kind == "slashed" {
		s.slashes[p.wallet.PublicKey()]++
	}
}

// count is how many events of a kind there were.
func (s *story) count(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events[kind]
}

// slashesBy is how many outliers a worker has slashed.
func (s *story) slashesBy(p *player) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slashes[p.wallet.PublicKey()]
}
