package validator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Grace is how long after its submission a gradient that cannot be fetched delays
// the scoring of later ones, which may be copies of it. Then it counts as absent.
// It is a constant, since all validators have to agree on it.
const Grace = 10 * time.Minute

// lookahead is how many earlier gradients one job looks for at a time.
const lookahead = 8

// norm is what is kept of the head of a gradient that was read once, so that it is read again
// only where a later one may be its copy; or that it is invalid.
type norm struct {
	value   float64 // ‖head‖₂
	answers []byte
	invalid bool
}

// normKey names a submission: the same package may be valid from one trainer only.
type normKey struct {
	gradient solana.PublicKey // its account
	cid      string
}

func keyOf(g *round.Gradient) normKey { return normKey{g.Address, g.CID} }

// submission is a gradient to score, with those before it that may be copied.
type submission struct {
	*round.Gradient
	earlier []*round.Gradient // that are here, or were
	limit   storage.FetchOption
	named   bool  // a package that does not say whose it is is invalid
	invalid error // why it scores 0 without being read
	absent  error // why it scores 0 without being here
	bytes   int64 // of its head
	data    *dataWork
}

// gather fetches a gradient and those before it. It fails with the reason to wait
// while an earlier one may still appear.
func (w *Worker) gather(ctx context.Context, r *round.Round, model cid.Cid, trainer solana.PublicKey) (*submission, error) {
	all, err := w.cfg.Rounds.Gradients(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	limit, err := w.gradientLimit(ctx, model)
	if err != nil {
		return nil, err
	}
	for i, g := range all {
		if g.Trainer != trainer {
			continue
		}
		s := &submission{Gradient: g, limit: limit, named: r.Sealed()}
		if err := w.fetchFor(ctx, r, s); err != nil || s.invalid != nil || s.absent != nil {
			return s, err
		}
		root, _ := storage.ParseCID(g.CID)
		of, _ := w.sizes.Get(root)
		s.bytes = of.decoded
		if !r.Sealed() {
			s.earlier, err = w.before(ctx, all[:i], limit)
		}
		return s, err
	}
	return nil, fmt.Errorf("the node no longer lists this gradient: %w", chain.ErrNotFound)
}

// fetchFor fetches a gradient, or notes why it scores 0. The error is the reason to come back.
func (w *Worker) fetchFor(ctx context.Context, r *round.Round, s *submission) error {
	fetch := func() error { return w.fetchGradient(ctx, r, s.Gradient, w.fetches.FirstDeadline(), s.limit) }
	if r.Sealed() {
		fetch = func() error { return w.fetchSealed(ctx, r, s.Gradient, s.limit) }
	}
	err := fetch()
	switch {
	case errors.As(err, new(*absentError)):
		s.absent = err
	case isInvalid(err):
		s.invalid = err
	default:
		return err
	}
	return nil
}

// gradientLimit is the largest size of a gradient that the package takes.
func (w *Worker) gradientLimit(ctx context.Context, model cid.Cid) (storage.FetchOption, error) {
	limit, known := w.limits.Get(model)
	if !known {
		text, err := w.readConfig(ctx, model)
		if err != nil {
			return nil, err
		}
		if limit, err = w.limitOf(text); err != nil {
			return nil, markPermanent(err)
		}
		w.limits.Put(model, limit)
	}
	return storage.AtMost(limit), nil
}

// limitOf parses one config at a time: a hostile one takes many times its size in
// memory.
func (w *Worker) limitOf(text []byte) (int64, error) {
	w.parsing.Lock()
	defer w.parsing.Unlock()
	config, err := packagefmt.ParseConfig(text)
	if err != nil {
		return 0, err
	}
	base := packagefmt.Package{Head: packagefmt.Network{Layers: config.Layers}}
	return base.GradientLimit(), nil
}

// readConfig reads the config of a package that is here.
func (w *Worker) readConfig(ctx context.Context, model cid.Cid) ([]byte, error) {
	files, err := w.local(ctx, model)
	if err != nil {
		return nil, err
	}
	f, err := files.Open(packagefmt.ConfigFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, packagefmt.MaxConfig+1))
}

// fetchGradient fetches a gradient, unless it was fetched before. [isInvalid] says
// which errors are about its content.
func (w *Worker) fetchGradient(ctx context.Context, r *round.Round, g *round.Gradient, first time.Duration, limit storage.FetchOption) error {
	root, err := storage.ParseCID(g.CID)
	if err != nil {
		return fmt.Errorf("%w: %w", packagefmt.ErrInvalid, err)
	}
	if isData(r) {
		return w.fetchData(ctx, r.ID, g.Trainer, g.CID, first, limit)
	}
	return w.fetchIn(ctx, root, first, limit)
}

// isInvalid reports whether an error makes a gradient invalid for all validators
// alike.
func isInvalid(err error) bool {
	for _, e := range []error{packagefmt.ErrInvalid, packagefmt.ErrUnsupported, storage.ErrUnsafeName, storage.ErrTooLarge} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// isOwn reports whether an error is this machine's own, of its disk or of what it may open: it must not become a score.
func isOwn(err error) bool {
	for _, e := range []error{storage.ErrDisk, storage.ErrNoRoom, syscall.ENOSPC, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// before fetches earlier gradients, several at a time, and returns those that are
// here. One that is not delays later ones until its time of grace is over; then it
// gets one short try, if it had none yet. All of them together get the time of two
// first tries, after which it comes back.
func (w *Worker) before(ctx context.Context, all []*round.Gradient, limit storage.FetchOption) ([]*round.Gradient, error) {
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	if err != nil {
		return nil, err
	}
	looking, cancel := context.WithTimeout(ctx, 2*w.fetches.FirstDeadline())
	defer cancel()
	missing := make([]error, len(all))
	worker.Each(len(all), lookahead, func(i int) {
		missing[i] = w.lookFor(looking, all[i], limit, now)
	})
	var here []*round.Gradient
	for i, g := range all {
		switch err := missing[i]; {
		case err == nil:
			here = append(here, g)
		case isInvalid(err):
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case isOwn(err) || !now.After(g.SubmittedAt.Add(Grace)) || w.untried(g):
			return nil, worker.Wait(fmt.Errorf("waiting for the earlier gradient of %s, since this one may be its copy: %w", g.Trainer, err), w.cfg.Poll)
		}
	}
	return here, nil
}

// untried reports whether nobody has found out yet if an earlier gradient is
// there.
func (w *Worker) untried(g *round.Gradient) bool {
	root, err := storage.ParseCID(g.CID)
	return err == nil && w.fetches.Failed(root.String()) == nil
}

// lookFor returns nil if an earlier gradient is here. What could not be fetched is
// not waited for again: the step that scores it does that, so that many of them do
// not take later ones' time. Only this wallet's own has no such step.
func (w *Worker) lookFor(ctx context.Context, g *round.Gradient, limit storage.FetchOption, now time.Time) error {
	if n, known := w.norms.Get(keyOf(g)); known {
		if n.invalid {
			return packagefmt.ErrInvalid
		}
		return nil
	}
	root, err := storage.ParseCID(g.CID)
	if err != nil {
		return fmt.Errorf("%w: %w", packagefmt.ErrInvalid, err)
	}
	over := now.After(g.SubmittedAt.Add(Grace))
	if err := w.fetches.Failed(root.String()); err != nil && (over || g.Trainer != w.cfg.Rounds.Wallet()) {
		return err
	}
	return w.fetch(ctx, root, limit)
}

// earlierOf returns the earlier gradients for the judge. Each is read at most once,
// unless it may have been copied.
func (w *Worker) earlierOf(ctx context.Context, s *submission, m *model) (all []Earlier, err error) {
	for _, g := range s.earlier {
		n, known := w.norms.Get(keyOf(g))
		if !known {
			if n, err = w.readNorm(ctx, g, m, s); err != nil {
				return nil, err
			}
		}
		if !n.invalid {
			all = append(all, Earlier{ID: g.CID, Norm: n.value, Answers: n.answers, Open: func() (packagefmt.Network, error) { return w.reopen(ctx, g, m, s) }})
		}
	}
	return all, nil
}

// readNorm reads an earlier gradient, and notes what tells it from others, or that it is invalid.
func (w *Worker) readNorm(ctx context.Context, g *round.Gradient, m *model, s *submission) (norm, error) {
	head, err := w.readHead(ctx, g, m, s)
	if err != nil && !isInvalid(err) {
		return norm{}, fmt.Errorf("the earlier gradient of %s: %w", g.Trainer, err)
	}
	n := norm{value: Norm(head), invalid: err != nil}
	if err == nil {
		ctx, cancel := w.scoring(ctx, s.RoundID)
		defer cancel()
		if n.answers, err = m.judge.Answers(ctx, head); err != nil && !isInvalid(err) && !errors.Is(err, ErrInvalidHead) {
			return norm{}, err
		}
	}
	w.norms.Put(keyOf(g), n)
	return n, nil
}

// reopen reads an earlier gradient once more. One that is gone since, and whose
// time of grace is over, is absent: nothing is a copy of the empty head.
func (w *Worker) reopen(ctx context.Context, g *round.Gradient, m *model, s *submission) (packagefmt.Network, error) {
	head, err := w.readHead(ctx, g, m, s)
	if err == nil || ctx.Err() != nil || isOwn(err) {
		return head, err
	}
	now, clock := w.cfg.Rounds.Chain().Now(ctx)
	if clock == nil && now.After(g.SubmittedAt.Add(Grace)) {
		return packagefmt.Network{}, nil
	}
	return head, errors.Join(err, clock)
}

// readHead reads the head of a gradient that is here. One that names another owner than its
// submitter is invalid.
func (w *Worker) readHead(ctx context.Context, g *round.Gradient, m *model, s *submission) (packagefmt.Network, error) {
	root, err := storage.ParseCID(g.CID)
	if err != nil {
		return packagefmt.Network{}, fmt.Errorf("%w: %w", packagefmt.ErrInvalid, err)
	}
	files, err := w.local(ctx, root, s.limit)
	if err != nil {
		return packagefmt.Network{}, err
	}
	owner := packagefmt.Owner{Program: w.cfg.Rounds.Addresses().Program.String(), Round: g.RoundID, Trainer: g.Trainer.String()}
	return packagefmt.ReadOwnedGradient(files, m.pkg, owner, s.named)
}

// scoreGradient scores one submission against the base and all that came before
// it.
func (w *Worker) scoreGradient(ctx context.Context, s *submission, m *model) (Score, error) {
	if s.invalid != nil {
		return Unreadable(s.invalid), nil
	}
	head, err := w.readHead(ctx, s.Gradient, m, s)
	if isInvalid(err) {
		return Unreadable(err), nil
	}
	if err != nil {
		return Score{}, err
	}
	earlier, err := w.earlierOf(ctx, s, m)
	if err != nil {
		return Score{}, err
	}
	ctx, cancel := w.scoring(ctx, s.RoundID)
	defer cancel()
	return m.judge.Score(ctx, head, earlier)
}
