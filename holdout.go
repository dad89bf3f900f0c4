package decloud

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// revealPoll is the longest pause between two looks at the rounds whose keys are to be revealed.
const revealPoll = 30 * time.Second

// KeepHoldoutKey writes the key of a sealed test into Config.Dir, where [Client.RevealHoldouts] finds
// it, and from where nobody else can read it. Keep the key before the round is created: without
// it the sealed test does not count, and the creator's remainder is lost.
func (c *Client) KeepHoldoutKey(key packagefmt.HoldoutKey) error {
	path := c.holdoutPath(key.Hash())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(key[:])
		return err
	})
}

// holdoutPath is where the key of a round's sealed test is kept.
func (c *Client) holdoutPath(hash [32]byte) string {
	return filepath.Join(c.dir, "holdouts", hex.EncodeToString(hash[:]))
}

func (c *Client) holdoutKey(hash [32]byte) (key packagefmt.HoldoutKey, err error) {
	path := c.holdoutPath(hash)
	b, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	if len(b) != len(key) || packagefmt.HoldoutKey(b).Hash() != hash {
		return key, fmt.Errorf("decloud: %s is not the key that its name says: put back a copy of it", path)
	}
	return packagefmt.HoldoutKey(b), nil
}

// ErrHoldoutLate is wrapped by the report about a key that was not revealed in time.
var ErrHoldoutLate = errors.New("decloud: too late to reveal the key of the sealed test")

// RevealHoldouts reveals the keys of the sealed tests of the wallet's rounds, each once submissions have
// closed and before scoring starts, until ctx is done. Keys that everybody has seen are removed from Config.Dir once their round
// is over, a day after [Client.KeepHoldoutKey] at the earliest. report is told of each round that is done with
// (nil), too late ([ErrHoldoutLate]) or cannot be revealed now, which is tried again. What is done is read from the
// chain: a process that was killed goes on where it was.
func (c *Client) RevealHoldouts(ctx context.Context, report func(id uint64, err error)) error {
	return c.revealHoldouts(ctx, revealPoll, report)
}

// revealHoldouts is RevealHoldouts with the longest pause between two looks.
func (c *Client) revealHoldouts(ctx context.Context, poll time.Duration, report func(id uint64, err error)) error {
	told := map[uint64]string{}
	tell := func(id uint64, err error) {
		if text := fmt.Sprint(err); told[id] != text {
			told[id] = text
			report(id, err)
		}
	}
	for {
		wait, err := c.revealDue(ctx, tell)
		if err != nil && ctx.Err() == nil {
			wait = revealPoll // the node is away for a while
		}
		wait = min(wait, poll)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// revealDue reveals what is due, and returns how long to wait until it looks again.
func (c *Client) revealDue(ctx context.Context, tell func(id uint64, err error)) (time.Duration, error) {
	rounds, err := c.Rounds.Rounds(ctx, round.Filter{Creator: c.Rounds.Wallet(), Status: []round.Status{round.Active}})
	if err != nil {
		return 0, err
	}
	now, err := c.Chain.Now(ctx)
	if err != nil {
		return 0, err
	}
	if err := c.forgetKeys(ctx, rounds); err != nil {
		return 0, err
	}
	wait := revealPoll
	for _, r := range rounds {
		if !r.HasHoldout() {
			continue
		}
		left := r.SubmissionsClose().Sub(now)
		switch {
		case r.HoldoutRevealed:
			tell(r.ID, nil)
		case !now.Before(r.ScoringStarts()):
			tell(r.ID, fmt.Errorf("%w of round %d: its public split counts", ErrHoldoutLate, r.ID))
		case left > 0:
			wait = min(wait, left)
		default:
			if err := c.reveal(ctx, r); err != nil {
				tell(r.ID, err)
				wait = min(wait, revealPoll/10)
				continue
			}
			tell(r.ID, nil)
		}
	}
	return max(wait, time.Second), nil
}

func (c *Client) reveal(ctx context.Context, r *round.Round) error {
	key, err := c.holdoutKey(r.Fair.Holdout)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("decloud: the key of round %d is not in %s: start the client whose Dir has it before %s: %w",
			r.ID, filepath.Dir(c.holdoutPath(r.Fair.Holdout)), r.ScoringStarts().UTC().Format(time.DateTime), err)
	}
	if err != nil {
		return err
	}
	_, err = c.Rounds.RevealHoldout(ctx, r.ID, key)
	if errors.Is(err, round.ErrHoldoutClosed) {
		return nil // another process has revealed it, or the next look says that it is too late
	}
	return err
}

// keepKey is how long a key is kept at least: the round that it was kept for may not be created yet, whatever others with
// the same test are over.
const keepKey = 24 * time.Hour

// forgetKeys removes the keys of rounds that are over and have revealed them, but for those that an active round needs.
func (c *Client) forgetKeys(ctx context.Context, active []*round.Round) error {
	old := map[string]bool{}
	files, _ := os.ReadDir(filepath.Dir(c.holdoutPath([32]byte{}))) // none was kept yet
	for _, f := range files {
		if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > keepKey {
			old[f.Name()] = true
		}
	}
	if len(old) == 0 {
		return nil
	}
	over, err := c.Rounds.Rounds(ctx, round.Filter{Creator: c.Rounds.Wallet(), Status: []round.Status{round.Finalized, round.Cancelled}})
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, r := range active {
		if r.HasHoldout() {
			needed[c.holdoutPath(r.Fair.Holdout)] = true
		}
	}
	for _, r := range over {
		if !r.HasHoldout() || !r.HoldoutRevealed {
			continue
		}
		if path := c.holdoutPath(r.Fair.Holdout); old[filepath.Base(path)] && !needed[path] {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
