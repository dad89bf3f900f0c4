package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// fairGame is a fair round under way. Between its parts the chain's clock is moved on:
// in earnest they take hours.
type fairGame struct {
	closing
	net    *venue
	seed   uint64
	start  func(p *player, work func(context.Context) error)
	pkg    *packagefmt.Package
	public dataset.Dataset       // the test that everybody has
	key    packagefmt.HoldoutKey // of the sealed test
	before uint64                // lamports of the treasury
	vault  *round.Vault          // before the creator closed it
}

// playFair plays a fair round among attackers.
func playFair(ctx context.Context, s *story, net *venue, players cast, digits dataset.Sets, seed uint64) (*fairReport, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel(nil)
	s.fail = cancel
	g := &fairGame{closing: closing{ctx: ctx, s: s, me: players.creator, poll: net.poll / 5, players: players}, net: net, seed: seed}
	g.start = func(p *player, work func(context.Context) error) {
		workers.Go(func() {
			if err := work(ctx); err != nil {
				cancel(fmt.Errorf("%s: %w", p.name, err))
			}
		})
	}
	r, err := g.play(digits)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // what it all comes from
	}
	return r, err
}

func (g *fairGame) play(digits dataset.Sets) (*fairReport, error) {
	for _, part := range []func() error{
		g.stake, func() error { return g.launch(digits) }, g.submit, g.publish, g.commit, g.reveal, g.finalize, g.slash, g.claim,
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	remainder, err := g.withdraw()
	if err != nil {
		return nil, err
	}
	return g.account(remainder)
}

// stake has the validators put up what a fair round asks for, and starts the honest ones.
func (g *fairGame) stake() error {
	for _, p := range g.players.validators {
		if _, err := p.client.Rounds.AddStake(g.ctx, decloud.ValidatorStake); err != nil {
			return err
		}
		if p.attack == "" {
			g.start(p, func(ctx context.Context) error {
				return p.client.Validate(ctx, validator.Config{
					Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: p.data}, Poll: g.poll, Observer: g.s.ofFairValidator(p),
				})
			})
		}
	}
	g.s.Tell("chain", "four validators put %s SOL at stake each", chain.FormatSOL(decloud.ValidatorStake))
	return nil
}

func (g *fairGame) launch(digits dataset.Sets) error {
	public, private, err := splitTest(digits.Test)
	if err != nil {
		return err
	}
	g.public = public
	g.pkg, _, err = build(g.ctx, g.s, dataset.Sets{Test: public})
	if err != nil {
		return err
	}
	if err := g.seal(private); err != nil {
		return err
	}
	counter, err := g.me.client.Rounds.Counter(g.ctx)
	if err != nil {
		return err
	}
	if g.before, err = g.me.client.Chain.Balance(g.ctx, counter.Treasury); err != nil {
		return err
	}
	o := decloud.LaunchOptions{Package: g.pkg, Reward: prize, Quorum: decloud.DefaultQuorum,
		Pace: decloud.Pace{Submit: time.Hour, Publish: 10 * time.Minute, Commit: 10 * time.Minute}}
	terms, err := g.me.client.FairTerms(g.ctx, o)
	if err != nil {
		return err
	}
	terms.Fair.Holdout = g.key.Hash()
	o.Terms = &terms
	launched, err := g.me.client.Launch(g.ctx, o)
	if err != nil {
		return err
	}
	g.id = launched.RoundID
	g.s.Tell(g.me.name, "locks %s SOL in a fair round: sealed submissions with a bond of %s SOL, a committee by lot, committed scores, the marginal rule",
		chain.FormatSOL(prize), chain.FormatSOL(launched.Terms.Fair.Bond))
	g.s.Tell(g.me.name, "its test are %d digits, sealed in the package until submissions are closed; the public test is %d others", privateTest, public.Len())
	return nil
}

// seal puts a test that only the creator has into the package, for a key that is kept on its
// disk before the round is there.
func (g *fairGame) seal(private dataset.Dataset) error {
	features, labels, err := g.pkg.Embed(g.ctx, private)
	if err != nil {
		return err
	}
	if g.key, err = packagefmt.NewHoldoutKey(); err != nil {
		return err
	}
	if err := g.pkg.SealHoldout(packagefmt.Holdout{Embeddings: features, Labels: labels}, g.key); err != nil {
		return err
	}
	return g.me.client.KeepHoldoutKey(g.key)
}

// submit has the trainers submit one after the other.
func (g *fairGame) submit() error {
	for i, p := range g.players.trainers {
		if p.attack == steals {
			if err := g.steal(p); err != nil {
				return err
			}
		} else {
			g.train(i, p)
		}
		if _, err := g.until(func(r *round.Round) (bool, error) { return int(r.Gradients) == i+1, nil }); err != nil {
			return err
		}
	}
	return nil
}

// train starts a trainer's worker. All wallets of the sybil train to the same head.
func (g *fairGame) train(i int, p *player) {
	opts := training
	opts.Seed = g.seed*100 + uint64(i)
	if p.attack == manyNames {
		opts.Seed = g.seed * 100
	}
	if p.attack == memorises {
		opts = fit.Options{Epochs: 10 * training.Epochs, BatchSize: training.BatchSize, LearningRate: training.LearningRate, Seed: opts.Seed}
	}
	var public map[dataset.ID]dataset.Dataset // which everybody trains on who is not out to cheat
	if p.attack == "" {
		public = map[dataset.ID]dataset.Dataset{dataset.Mnist: g.public}
	}
	g.start(p, func(ctx context.Context) error {
		return p.client.Train(ctx, trainer.Config{
			Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: p.data}, Public: public, Training: opts, Poll: g.poll,
			Policy: trainer.Policy{Holdouts: []solana.PublicKey{g.me.wallet.PublicKey()}}, Observer: g.s.ofFairTrainer(p),
		})
	})
}

// steal submits the CID that alice submitted: there is nothing else to see of her head.
func (g *fairGame) steal(thief *player) error {
	alice := g.players.trainers[0]
	seen, err := thief.client.Rounds.Gradient(g.ctx, g.id, alice.wallet.PublicKey())
	if err != nil {
		return err
	}
	if _, err := thief.client.Rounds.CreateTrainerProfile(g.ctx); err != nil {
		return err
	}
	if _, err := thief.client.Rounds.SubmitSealed(g.ctx, g.id, seen.CID); err != nil {
		return err
	}
	g.s.Tell(thief.name, "sees the CID that alice submitted, cannot fetch what it names, and submits the CID as its own")
	return nil
}

// warp moves the clock to a time of the round.
func (g *fairGame) warp(at func(*round.Round) time.Time, what string) error {
	r, err := g.me.client.Rounds.Round(g.ctx, g.id)
	if err != nil {
		return err
	}
	if ahead := at(r).Sub(g.net.own.Now()); ahead > 0 {
		g.net.own.Warp(ahead + time.Second)
		g.s.Tell("chain", "%s later: %s", (ahead + time.Second).Round(time.Minute), what)
	}
	return nil
}

// publish waits until all heads are there and the committee is drawn, and has the thief
// come back.
func (g *fairGame) publish() error {
	if err := g.warp((*round.Round).SubmissionsClose, "submissions are closed, and heads are published"); err != nil {
		return err
	}
	if err := g.draw(); err != nil {
		return err
	}
	// As Client.RevealHoldouts does by itself, which waits for the clock on the wall.
	if _, err := g.me.client.Rounds.RevealHoldout(g.ctx, g.id, g.key); err != nil {
		return err
	}
	g.s.Tell(g.me.name, "reveals the key of its test")
	_, err := g.until(func(*round.Round) (bool, error) { return g.s.count("published") == len(g.players.trainers)-1, nil })
	if err != nil {
		return err
	}
	return g.comeBack()
}

// draw draws the committee, with a transaction in each of two slots. Anybody may; the workers
// would in turns, which takes up to some minutes.
func (g *fairGame) draw() error {
	for {
		_, err := g.me.client.Rounds.DrawCommittee(g.ctx, g.id)
		switch {
		case errors.Is(err, round.ErrAlreadyDrawn):
			g.s.Tell("chain", "the committee is drawn: all four, who have a quarter of all stakes each")
			return nil
		case err != nil && !errors.Is(err, round.ErrTooEarly):
			return err
		}
		g.net.own.WarpSlots(2)
	}
}

// players of an attack.
func (c cast) with(attack string) (all []*player) {
	for _, p := range c.all() {
		if p.attack == attack {
			all = append(all, p)
		}
	}
	return all
}

// guess is eve's score of a subject: she thinks that most trainers gain some points.
func guess(subject solana.PublicKey) uint32 {
	if subject == round.BaseModel {
		return 8000
	}
	return 8300
}

// subjects are the base and all gradients.
func (g *fairGame) subjects() ([]solana.PublicKey, error) {
	gradients, err := g.me.client.Rounds.Gradients(g.ctx, g.id)
	all := []solana.PublicKey{round.BaseModel}
	for _, of := range gradients {
		all = append(all, of.Trainer)
	}
	return all, err
}

// commit has eve commit to guesses beside the honest validators.
func (g *fairGame) commit() error {
	if err := g.warp((*round.Round).ScoringStarts, "scores are committed to"); err != nil {
		return err
	}
	subjects, err := g.subjects()
	if err != nil {
		return err
	}
	eve := g.players.with(guesses)[0]
	for _, subject := range subjects {
		if _, err := eve.client.Rounds.CommitSealed(g.ctx, g.id, subject, guess(subject)); err != nil {
			return err
		}
	}
	g.s.Tell(eve.name, "commits to guesses: %s for the base, %s for every head", rating.FormatAccuracy(guess(round.BaseModel)), rating.FormatAccuracy(guess(subjects[1])))
	_, err = g.until(func(r *round.Round) (bool, error) {
		return int(r.Commitments) == len(subjects)*len(g.players.validators), nil
	})
	return err
}

func (g *fairGame) reveal() error {
	ends := func(r *round.Round) time.Time { return r.ScoringStarts().Add(r.Options.CommitWindow) }
	if err := g.warp(ends, "scores are revealed"); err != nil {
		return err
	}
	subjects, err := g.subjects()
	if err != nil {
		return err
	}
	eve := g.players.with(guesses)[0]
	for _, subject := range subjects {
		if _, err := eve.client.Rounds.Reveal(g.ctx, g.id, subject); err != nil {
			return err
		}
	}
	_, err = g.until(func(r *round.Round) (bool, error) {
		return int(r.Validations) == len(subjects)*len(g.players.validators), nil
	})
	return err
}

func (g *fairGame) finalize() error {
	if err := g.warp(func(r *round.Round) time.Time { return r.EarliestFinalize }, "everything has its scores"); err != nil {
		return err
	}
	switch receipt, err := g.me.client.Rounds.FinalizeRound(g.ctx, g.id); {
	case errors.Is(err, round.ErrRoundNotActive): // a worker had its turn first: the deadline is over
	case err != nil:
		return err
	default:
		g.s.Tell(g.me.name, "closes round %d", g.id)
		g.s.detail(g.me.name, "transaction %s", receipt.Signature)
	}
	return nil
}
