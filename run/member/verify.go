package member

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/update"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

// seen fetches the round's updates, says which it got, and serves them. It waits
// during two thirds of the phase for those that are not there yet. Meanwhile it
// publishes its own; a dead uplink keeps it from that, and not from verifying.
func (w *Worker) seen(ctx context.Context, s *state, step run.Step) error {
	var publishing sync.WaitGroup
	defer publishing.Wait()
	if w.mustPublish(s) {
		publishing.Go(func() {
			if err := w.publish(ctx, s, step); err != nil && ctx.Err() == nil {
				w.report(Event{Kind: EventFailed, Step: step, Err: fmt.Errorf("publishing: %w", err), Retry: w.cfg.Poll})
			}
		})
	}
	all, got, err := w.gathered(ctx, s, step)
	if err != nil {
		return err
	}
	receipt, err := w.act(ctx, s, step, run.Seen{Run: s.Run, Round: s.Run.Round, Slots: got, Wallet: w.cfg.Runs.Wallet()})
	if err == nil {
		w.report(Event{Kind: EventSeen, Step: step, Slots: got, Signature: receipt.Signature.String()})
	}
	w.serve(ctx, of(all, got))
	return err
}

// gathered are the round's updates, and whose of them arrived in time.
func (w *Worker) gathered(ctx context.Context, s *state, step run.Step) (all []submitted, got run.Slots, err error) {
	ctx, end := w.during(ctx, s)
	defer end()
	sc, err := w.scene(ctx, s.Run)
	if err != nil {
		return nil, got, phaseOver(ctx, err)
	}
	if all, err = w.submissions(ctx, s, s.Ballots.Submitted); err != nil {
		return nil, got, phaseOver(ctx, err)
	}
	left := s.Run.PhaseStartedAt.Add(s.Run.Settings.RoundWitnessTime * 2 / 3).Sub(s.Now)
	fetching, cancel := context.WithTimeout(ctx, max(left, w.cfg.Poll))
	defer cancel()
	got, missing := w.gather(fetching, all, limit(s, sc))
	if ctx.Err() != nil {
		return nil, got, phaseOver(ctx, context.Cause(ctx))
	}
	if missing != nil {
		w.report(Event{Kind: EventFailed, Step: step, Err: missing})
	}
	return all, got, nil
}

// commit computes the next model and commits to it. The ballot is on disk before.
func (w *Worker) commit(ctx context.Context, s *state, step run.Step) error {
	v, err := readVote(s.voteFile(s.Run.Round))
	if errors.Is(err, fs.ErrNotExist) {
		phase, end := w.during(ctx, s)
		v, err = w.makeVote(phase, s, step)
		err = phaseOver(phase, err)
		end()
	}
	if err != nil {
		return err
	}
	wallet := w.cfg.Runs.Wallet()
	hash := run.BallotHash(s.Run.Address, s.Run.Epoch, s.Run.Round, wallet, v.Ballot, v.Salt)
	receipt, err := w.act(ctx, s, step, run.CommitVote{Run: s.Run, Round: s.Run.Round, Hash: hash, Wallet: wallet})
	if err == nil {
		w.report(Event{Kind: EventCommitted, Step: step, Signature: receipt.Signature.String()})
	}
	if accepted, readErr := w.submissions(ctx, s, s.Ballots.Accepted); readErr == nil {
		w.serve(ctx, accepted) // unless that was done before
	}
	return err
}

func (w *Worker) makeVote(ctx context.Context, s *state, step run.Step) (vote, error) {
	c, err := w.computed(ctx, s, step)
	if err != nil {
		return vote{}, err
	}
	v := vote{Ballot: c.ballot}
	if s.Run.Verification == run.Vote && !s.Run.Model.IsZero() && v.Ballot.Included.Len() > 0 {
		if err := w.measure(ctx, s, c.scene, c.next, &v.Ballot); err != nil {
			return v, err
		}
	}
	if _, err := rand.Read(v.Salt[:]); err != nil {
		return v, err
	}
	return v, errors.Join(writeVote(s.voteFile(s.Run.Round), v), w.forget(s))
}

// computed is the next model, which the store has, and what a ballot says of it.
type computed struct {
	scene  *scene
	next   packagefmt.Network
	ballot run.Ballot
}

func (w *Worker) computed(ctx context.Context, s *state, step run.Step) (c computed, err error) {
	if c.scene, err = w.scene(ctx, s.Run); err != nil {
		return c, err
	}
	accepted, err := w.submissions(ctx, s, s.Ballots.Accepted)
	if err != nil {
		return c, err
	}
	if _, missing := w.gather(ctx, accepted, limit(s, c.scene)); missing != nil {
		return c, missing
	}
	compute := w.aggregated
	if s.Run.Model.IsZero() {
		compute = w.firstModel
	}
	model, included, err := compute(ctx, s, c.scene, accepted, step)
	if err != nil {
		return c, err
	}
	c.next, c.ballot.Included = model.Head, included
	c.ballot.Digest, err = w.keepModel(ctx, c.scene, model)
	return c, err
}

// aggregated is the next model of the updates that the rules include.
func (w *Worker) aggregated(ctx context.Context, s *state, sc *scene, accepted []submitted, step run.Step) (aggregate.Model, run.Slots, error) {
	read := make([]aggregate.Submission, len(accepted))
	for i, u := range accepted {
		files, err := w.update(ctx, u.update.Digest, update.Limit(sc.model.Head))
		if err != nil {
			return aggregate.Model{}, run.Slots{}, err
		}
		read[i].Change, read[i].Err = update.Read(files, w.names(s, u.wallet), sc.model.Head)
		if err := read[i].Err; err != nil && !isVerdict(err) {
			return aggregate.Model{}, run.Slots{}, err
		}
	}
	var slots run.Slots
	var changes []update.Change
	for i, verdict := range aggregate.Judge(sc.model.Head, read, sc.file.Rules()) {
		if verdict != nil {
			w.report(Event{Kind: EventRejected, Step: step, Slot: accepted[i].slot, Err: verdict})
			continue
		}
		slots.Add(accepted[i].slot)
		changes = append(changes, read[i].Change)
	}
	if len(changes) == 0 {
		return sc.model, slots, nil
	}
	step64, err := aggregate.Combine(changes, sc.file.Options())
	if err != nil {
		return aggregate.Model{}, slots, err
	}
	return sc.file.Server().Apply(sc.model, step64), slots, nil
}

// isVerdict reports whether an error of update.Read is about the update.
func isVerdict(err error) bool {
	return errors.Is(err, update.ErrUnreadable) || errors.Is(err, update.ErrNames) || errors.Is(err, update.ErrLayers) || errors.Is(err, update.ErrNotFinite)
}

// firstModel is the first readable head in the order of the draw.
func (w *Worker) firstModel(ctx context.Context, s *state, sc *scene, accepted []submitted, _ run.Step) (aggregate.Model, run.Slots, error) {
	readable := map[int]aggregate.Model{}
	var slots run.Slots
	for _, u := range accepted {
		files, err := w.update(ctx, u.update.Digest, sc.pkg.GradientLimit())
		if err != nil {
			return aggregate.Model{}, slots, err
		}
		m, err := aggregate.ReadModel(files, sc.pkg, sc.file.Server())
		switch {
		case err == nil && len(m.State) > 0:
			// Nobody has made a step: a state would be a stranger's push on the first one.
		case err == nil:
			readable[u.slot] = m
			slots.Add(u.slot)
		case !errors.Is(err, packagefmt.ErrInvalid) && !errors.Is(err, packagefmt.ErrUnsupported):
			return aggregate.Model{}, slots, err
		}
	}
	for _, slot := range run.DrawOrder(s.Run.Seed, s.Run.DrawnFrom) {
		if m, ok := readable[slot]; ok {
			return m, slots, nil
		}
	}
	return sc.model, slots, nil
}

// keepModel puts the next model into the store, to be published once it is revealed, and
// returns its digest. Where nothing is included, that is the model now. What is lost
// with the power before it was revealed is computed again.
func (w *Worker) keepModel(ctx context.Context, sc *scene, m aggregate.Model) (run.Digest, error) {
	files, err := m.FS(sc.pkg)
	if err != nil {
		return run.Digest{}, err
	}
	root, err := storage.CID(ctx, files, storage.Default)
	if err != nil {
		return run.Digest{}, err
	}
	added, err := w.cfg.Store.Add(ctx, files, storage.Unsynced())
	if err != nil {
		return run.Digest{}, err
	}
	if added != root {
		return run.Digest{}, worker.Permanent(errOtherProfile)
	}
	return Digest(root)
}

var errOtherProfile = errors.New("the store's Config.Profile gives other CIDs than the other members': leave it out")

// measure compares the next model with the one now on the member's test part. One
// whose outputs are not finite is worse than any other: a proposer who makes such a
// model must not have voters say nothing, for which they would be slashed.
func (w *Worker) measure(ctx context.Context, s *state, sc *scene, next packagefmt.Network, b *run.Ballot) error {
	was, err := w.evaluate(ctx, s, sc, sc.model.Head)
	if err != nil && !errors.Is(err, validator.ErrInvalidHead) {
		return err
	}
	is, err := w.evaluate(ctx, s, sc, next)
	if errors.Is(err, validator.ErrInvalidHead) {
		b.Accuracy, b.Score = 0, -1
		return nil
	}
	if err != nil {
		return err
	}
	b.Accuracy, b.Score = uint16(is), int8(cmp.Compare(is, was))
	return nil
}

func (w *Worker) evaluate(ctx context.Context, s *state, sc *scene, head packagefmt.Network) (uint32, error) {
	if w.cfg.Evaluate != nil {
		accuracy, err := w.cfg.Evaluate(ctx, sc.pkg, head)
		return min(accuracy, 10_000), err
	}
	secret, err := readSecret(s.dir)
	if err != nil {
		return 0, err
	}
	_, test := privateParts(secret, len(sc.y))
	x, y, err := pick(sc.x, sc.y, test)
	if err != nil {
		return 0, err
	}
	return validator.Accuracy(ctx, head, x, y, 0)
}

// reveal serves the next model, and reveals the ballot.
func (w *Worker) reveal(ctx context.Context, s *state, step run.Step) error {
	v, err := readVote(s.voteFile(s.Run.Round))
	if errors.Is(err, fs.ErrNotExist) {
		return worker.Permanent(fmt.Errorf("%s is gone: the ballot cannot be revealed without it", s.voteFile(s.Run.Round)))
	}
	if err != nil {
		return err
	}
	e := Event{Kind: EventRevealed, Step: step, Ballot: v.Ballot, CID: CID(v.Ballot.Digest)}
	if e.Published, err = w.pushModel(ctx, s, v, step); err != nil {
		return err
	}
	receipt, err := w.act(ctx, s, step, run.RevealVote{Run: s.Run, Round: s.Run.Round, Ballot: v.Ballot, Salt: v.Salt, Wallet: w.cfg.Runs.Wallet()})
	if err == nil {
		e.Signature = receipt.Signature.String()
		w.report(e)
	}
	return errors.Join(err, w.cfg.Store.Sync(ctx, e.CID))
}

// pushModel publishes the model that was committed to. Where the store has lost it, it is
// computed again.
func (w *Worker) pushModel(ctx context.Context, s *state, v vote, step run.Step) ([]storage.Receipt, error) {
	root := CID(v.Ballot.Digest)
	published, err := w.cfg.Store.Push(ctx, root)
	if !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrCorrupt) {
		return published, err
	}
	if has, hasErr := w.cfg.Store.Has(ctx, root); has || hasErr != nil {
		return published, err // it is the place that has not
	}
	again, err := w.computed(ctx, s, step)
	if err == nil && again.ballot.Digest != v.Ballot.Digest {
		err = worker.Permanent(fmt.Errorf("the store has lost the model %s that was committed to, and of the updates comes another one now", root))
	}
	if err != nil {
		return nil, err
	}
	return w.cfg.Store.Push(ctx, root)
}
