package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

const reward = chain.LamportsPerSOL // of each epoch

// game is a contest under way. Between its parts the chain's clock is moved on: in earnest an epoch takes an hour.
type game struct {
	*stage
	ctx  context.Context
	data map[string]*revisions
	of   map[string]*decloud.Client // the miners'
}

// play runs the contest and its people.
func (s *stage) play(ctx context.Context) (r *report, err error) {
	ctx, s.fail = context.WithCancelCause(ctx)
	defer s.workers.Wait()
	defer s.fail(nil)
	s.earned, s.published = map[string]uint64{}, map[uint64]int{}
	if s.creator, err = s.client("creator"); err != nil {
		return nil, err
	}
	defer s.creator.Close()
	if s.pkg, err = s.subject.prepare(ctx); err != nil {
		return nil, err
	}
	counter, err := s.creator.Rounds.Counter(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.creator.Chain.Balance(ctx, counter.Treasury)
	if err != nil {
		return nil, err
	}
	g := &game{stage: s, ctx: ctx, data: map[string]*revisions{}, of: map[string]*decloud.Client{}}
	if err = g.contest(); err == nil {
		r, err = g.account(counter.Treasury, before)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // what it all comes from
	}
	return r, err
}

// contest plays all epochs.
func (g *game) contest() error {
	for _, name := range validators {
		if err := g.validate(g.ctx, name); err != nil {
			return err
		}
	}
	g.story.Tell("chain", "three validators put %s SOL at stake each", chain.FormatSOL(decloud.ValidatorStake))
	if !g.Holdout {
		return g.about(g.pkg, 0, g.Epochs, nil)
	}
	if err := g.about(g.pkg, 0, 1, nil); err != nil {
		return err
	}
	sealed := *g.pkg
	key, err := g.seal(&sealed)
	if err != nil {
		return err
	}
	return g.about(&sealed, 1, 1, key)
}

// about plays a contest about a package, after so many epochs of others.
func (g *game) about(pkg *packagefmt.Package, after, epochs int, key *packagefmt.HoldoutKey) error {
	change := func(t *decloud.Terms) {
		if key != nil {
			t.Fair.Holdout = key.Hash()
		}
	}
	over := make(chan error, 1)
	g.workers.Go(func() {
		over <- g.creator.Contest(g.ctx, decloud.ContestConfig{
			Package: pkg, Reward: reward, Epochs: epochs, Change: change, Poll: poll, Observer: g.ofContest, Locks: filepath.Join(g.root, "locks"), SubmissionSlots: 6000,
			Pace: decloud.Pace{Opens: time.Minute, Submit: time.Hour, Publish: 10 * time.Minute, Commit: 10 * time.Minute},
		})
	})
	for number := after + 1; number <= after+epochs; number++ {
		if err := g.epoch(number, key); err != nil {
			return fmt.Errorf("epoch %d: %w", number, err)
		}
	}
	select {
	case err := <-over:
		return errors.Join(err, g.settle())
	case <-g.ctx.Done():
		return context.Cause(g.ctx)
	}
}

// seal puts a test that only the creator has into a package, under a key that it keeps.
func (g *game) seal(pkg *packagefmt.Package) (*packagefmt.HoldoutKey, error) {
	subject, ok := g.subject.(hider)
	if !ok {
		return nil, fmt.Errorf("a contest about %s has no sealed test", g.Task)
	}
	set, err := subject.hidden(g.Seed)
	if err != nil {
		return nil, err
	}
	hidden, err := pkg.HoldoutOf(g.ctx, set)
	if err != nil {
		return nil, err
	}
	key, err := packagefmt.NewHoldoutKey()
	if err != nil {
		return nil, err
	}
	if err := pkg.SealHoldout(hidden, key); err != nil {
		return nil, err
	}
	g.story.Tell("creator", "seals a test of %d rows that nobody else has in the package, until submissions are closed", len(hidden.Labels))
	return &key, g.creator.KeepHoldoutKey(key)
}

// reveal reveals the key, unless the contest has, which looks by the clock on the wall.
func (g *game) reveal(id uint64, key *packagefmt.HoldoutKey) error {
	if key == nil {
		return nil
	}
	if _, err := g.creator.Rounds.RevealHoldout(g.ctx, id, *key); err != nil {
		r, failed := g.creator.Rounds.Round(g.ctx, id)
		if failed != nil || !r.HoldoutRevealed {
			return errors.Join(err, failed)
		}
	}
	g.story.Tell("creator", "reveals the key of its test")
	return nil
}

// until waits for something.
func (g *game) until(done func() (bool, error)) error {
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		select {
		case <-g.ctx.Done():
			return context.Cause(g.ctx)
		case <-time.After(poll / 2):
		}
	}
}

// await waits until a round of the contest is as wanted.
func (g *game) await(id uint64, wanted func(*round.Round) bool) error {
	return g.until(func() (bool, error) {
		r, err := g.creator.Rounds.Round(g.ctx, id)
		return err == nil && wanted(r), err
	})
}

// warp moves the clock.
func (g *game) warp(at time.Time, what string) {
	if ahead := at.Sub(g.net.Now()); ahead > 0 {
		g.net.Warp(ahead + time.Second)
		g.story.Tell("chain", "%s later: %s", (ahead + time.Second).Round(time.Minute), what)
	}
}

// epoch plays one from its opening to its end.
func (g *game) epoch(number int, key *packagefmt.HoldoutKey) error {
	var id uint64
	err := g.until(func() (bool, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(g.opened) >= number {
			id = g.opened[number-1]
		}
		return len(g.opened) >= number, nil
	})
	if err != nil {
		return err
	}
	r, err := g.creator.Rounds.Round(g.ctx, id)
	if err != nil {
		return err
	}
	g.warp(r.SubmissionsOpen(), "submissions are taken")
	submitted, err := g.submit(number, id)
	if err != nil {
		return err
	}
	g.warp(r.SubmissionsClose(), "submissions are closed, and data is published")
	if err := g.reveal(id, key); err != nil {
		return err
	}
	err = g.until(func() (bool, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.published[id] == submitted, nil
	})
	if err != nil {
		return err
	}
	if err := g.score(r, submitted); err != nil {
		return err
	}
	if number == 1 && g.Epochs > 1 && !g.Holdout {
		if err := g.write(small, number+1); err != nil {
			return err
		}
	}
	if r, err = g.creator.Rounds.Round(g.ctx, id); err != nil {
		return err
	}
	g.warp(r.EarliestFinalize, "everything has its scores")
	return g.await(id, func(r *round.Round) bool { return r.Status == round.Finalized })
}

// submit waits until all miners have submitted, and returns how many there are. In the first epoch they come one after the
// other, and the copier finds nothing to copy: data is sealed until submissions are closed.
func (g *game) submit(number int, id uint64) (n int, err error) {
	taken := func(n int) error {
		return g.await(id, func(r *round.Round) bool { return int(r.Gradients) == n })
	}
	if number > 1 {
		if g.of[copier] == nil && !g.Holdout {
			if err := g.steal(); err != nil {
				return 0, err
			}
		}
		return len(g.cast), taken(len(g.cast))
	}
	for _, m := range g.cast {
		if m.name == copier {
			g.story.Tell(copier, "finds nothing to copy: what others have submitted is sealed")
			continue
		}
		if err := g.write(m.name, number); err != nil {
			return 0, err
		}
		if err := g.start(m.name); err != nil {
			return 0, err
		}
		n++
		if err := taken(n); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// write writes a miner's data for an epoch.
func (g *game) write(name string, epoch int) error {
	dir := filepath.Join(g.root, fmt.Sprintf("%s-data-%d", name, epoch))
	rows, err := g.subject.write(dir, name, epoch, g.Seed)
	if err != nil {
		return fmt.Errorf("data of %s: %w", name, err)
	}
	if g.data[name] == nil {
		g.data[name] = &revisions{}
	}
	g.data[name].set(dir)
	g.story.Tell(name, "has %d rows of data for epoch %d on", rows, epoch)
	return nil
}

// start starts a miner's worker.
func (g *game) start(name string) (err error) {
	if g.of[name], err = g.client(name); err == nil {
		g.mine(g.ctx, name, g.of[name], g.data[name])
	}
	return err
}

// steal has the copier fetch what the first miner submitted to the last epoch, and change some of its rows.
func (g *game) steal() error {
	g.mu.Lock()
	victim, first := g.names.wallet(clean), g.opened[0]
	g.mu.Unlock()
	of, err := g.creator.Rounds.Gradient(g.ctx, first, victim)
	if err != nil {
		return err
	}
	root, err := storage.ParseCID(of.CID)
	if err != nil {
		return err
	}
	files, err := g.creator.Store.Fetch(g.ctx, root)
	if err != nil {
		return err
	}
	dir := filepath.Join(g.root, "copy")
	rows, err := g.subject.copied(dir, files, g.Seed)
	if err != nil {
		return err
	}
	g.data[copier] = &revisions{dir: dir}
	g.story.Tell(copier, "fetches what %s submitted to the first epoch, and changes some of its %d rows", clean, rows)
	return g.start(copier)
}

// score waits until all validators have committed to their scores, and revealed them.
func (g *game) score(r *round.Round, submitted int) error {
	all := len(validators) * (1 + submitted)
	g.warp(r.ScoringStarts(), "submissions are trained on, and scores committed to")
	if err := g.await(r.ID, func(r *round.Round) bool { return int(r.Commitments) == all }); err != nil {
		return err
	}
	g.warp(r.ScoringStarts().Add(r.Options.CommitWindow), "scores are revealed")
	return g.await(r.ID, func(r *round.Round) bool { return int(r.Validations) == all })
}

// settle waits until everybody has claimed, takes back what is left, and checks that no vault is left.
func (g *game) settle() error {
	for _, id := range g.opened {
		err := g.until(func() (bool, error) { return g.claimed(id) })
		if err != nil {
			return err
		}
	}
	if err := g.until(g.allTold); err != nil {
		return err
	}
	paid, err := g.creator.ClaimAll(g.ctx)
	g.mu.Lock()
	for _, p := range paid {
		g.back += p.Lamports
	}
	g.mu.Unlock()
	if err != nil {
		return err
	}
	for _, id := range g.opened {
		if _, err := g.creator.Rounds.Vault(g.ctx, id); !errors.Is(err, chain.ErrNotFound) {
			return fmt.Errorf("the vault of round %d should be gone now that everybody was paid: %w", id, err)
		}
	}
	return nil
}

// allTold reports whether workers have said of all claims that they were made, which they do a moment after these are on the
// chain.
func (g *game) allTold() (bool, error) {
	claims := 0
	for _, id := range g.opened {
		r, err := g.creator.Rounds.Round(g.ctx, id)
		if err != nil {
			return false, err
		}
		claims += int(r.Gradients) + int(r.Validations)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.claims >= claims, nil
}

// claimed reports whether all that is due in a round was paid.
func (g *game) claimed(id uint64) (bool, error) {
	vault, err := g.creator.Rounds.Vault(g.ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	r, err := g.creator.Rounds.Round(g.ctx, id)
	if err != nil || vault.ValidatorClaims != r.Validations {
		return false, err
	}
	gradients, err := g.creator.Rounds.Gradients(g.ctx, id)
	for _, of := range gradients {
		if !of.RewardClaimed {
			return false, err
		}
	}
	return true, err
}
