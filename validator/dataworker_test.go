package validator_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Two epochs: in the first honest data teaches, the test's rows and what is no data earn nothing; in the second an
// unchanged submission scores what it did, without a training, and a copy of it what the base does. A validator is
// killed on the way.
func TestWorkerScoresAContest(t *testing.T) {
	c := newContest(t, 3)
	test, train := roundtest.Digits(t)
	c.startAll()
	c.open()
	clean, few, leak, junk, bomb, ghost := c.miner("clean"), c.miner("few"), c.miner("leak"), c.miner("junk"), c.miner("bomb"), c.miner("ghost")
	data := c.publish(train, span(0, 60))
	c.submit(clean, data)
	c.submit(few, c.publish(train, span(60, 12)))
	c.submit(leak, c.publish(test, span(0, 60)))
	c.submit(junk, c.publish(train, span(80, 20), func(dir string) { said(t, dir, `"rows": 20`, `"rows": 10000000000`) }))
	c.submit(bomb, c.publish(train, span(80, 20), hugePicture(t)))
	c.submit(ghost, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.stops[0]()
	c.await(2*5, validator.EventGradient)
	require.Empty(t, c.verdicts(ghost), "it is looked for until half of the time is over")
	c.start(0)
	c.await(3*5, validator.EventGradient)
	c.Net.Warp(roundtest.CommitWindow / 2)
	r := c.play(3 * 7)

	base := c.told(validator.EventBase)[0].Score.Accuracy
	require.Equal(t, base, r.BaseAccuracy)
	best := c.verdict(clean)
	require.Equal(t, validator.Scored, best.Verdict, best.Reason)
	require.Greater(t, best.Accuracy, base+500)
	require.Equal(t, validator.Score{Verdict: validator.Invalid, Reason: "60 of 60 rows are near the test's"}, c.verdict(leak))
	require.Contains(t, c.verdict(junk).Reason, "rows: \"10000000000\" is not a whole number")
	require.Zero(t, c.verdict(junk).Accuracy)
	require.Contains(t, c.verdict(bomb).Reason, "pixels")
	require.Equal(t, validator.Absent, c.verdict(ghost).Verdict)

	for i := range c.judges { // what was learned is in a file, by CID
		c.rewriteScores(i)
	}
	c.open()
	thief := c.miner("thief")
	c.submit(thief, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(clean, data)
	c.play(3 * 3)
	require.Equal(t, validator.Score{Accuracy: 4321}, c.verdict(clean), "nothing was trained")
	stolen := c.verdict(thief)
	require.Equal(t, validator.Copy, stolen.Verdict, stolen.Reason)
	require.Equal(t, base, stolen.Accuracy)
	require.Contains(t, stolen.Reason, clean.Wallet.PublicKey().String())
}

// rewriteScores puts another score in the place of all that a validator keeps.
func (c *contest) rewriteScores(i int) {
	files, err := filepath.Glob(filepath.Join(c.homes[i], "scores", "*"))
	require.NoError(c.t, err)
	require.NotEmpty(c.t, files)
	for _, name := range files {
		require.NoError(c.t, os.WriteFile(name, []byte(`{"Accuracy": 4321}`), 0o600))
	}
}

// said changes what data.json says.
func said(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, submission.ManifestFile)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b), from)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600))
}

// hugePicture puts a picture of 10^10 pixels, of which there are some bytes, in the place of one.
func hugePicture(t *testing.T) func(dir string) {
	return func(dir string) {
		pictures, err := filepath.Glob(filepath.Join(dir, submission.TrainDir, "*", "*.png"))
		require.NoError(t, err)
		old, err := os.ReadFile(pictures[0])
		require.NoError(t, err)
		huge := slices.Clone(old)
		binary.BigEndian.PutUint32(huge[16:], 100_000)
		binary.BigEndian.PutUint32(huge[20:], 100_000)
		binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
		require.NoError(t, os.WriteFile(pictures[0], huge, 0o600))
		sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
		said(t, dir, sum(old), sum(huge))
	}
}

// A copy of rows of the same round is found in the second sitting, once all know that the first one was there for all; what
// has the same CID in the first one, and what names another trainer is worth nothing.
func TestCopiesWithinARound(t *testing.T) {
	c := newContest(t, 3)
	c.pkg.Config.Task.Schema.Kind = submission.Values // the same of numbers
	_, train := roundtest.Digits(t)
	c.startAll()
	c.open()
	first, replay, some, named := c.miner("first"), c.miner("replay"), c.miner("some"), c.miner("named")
	data := c.publish(train, span(0, 60))
	c.submit(first, data)
	c.submit(replay, data)
	c.submit(some, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(named, c.publish(train, span(60, 20), func(dir string) {
		said(t, dir, `"version"`, `"trainer": "`+first.Wallet.PublicKey().String()+`", "version"`)
	}))
	c.at(0, false)
	c.await(3*3, validator.EventGradient)
	c.until("waits", func() bool { return len(c.waiting()) >= 3 })
	for _, e := range c.failed() {
		require.ErrorContains(t, e.Err, "its rows are those of earlier submissions of this round")
	}
	require.Equal(t, validator.Copy, c.verdict(replay).Verdict)
	require.Equal(t, validator.Scored, c.verdict(first).Verdict)
	require.Contains(t, c.verdict(named).Reason, "names the trainer")
	require.Empty(t, c.verdicts(some))
	c.at(0, true)
	c.await(3*4, validator.EventRevealed)
	c.at(1, false)
	c.await(3*4, validator.EventGradient)
	c.at(1, true)
	c.await(3*5, validator.EventRevealed)
	require.Equal(t, validator.Copy, c.verdict(some).Verdict)
	r := c.finish()
	for i, want := range []uint32{c.verdict(first).Accuracy, r.BaseAccuracy, r.BaseAccuracy, 0} {
		got, known := r.GradientConsensus(uint8(i))
		require.True(t, known)
		require.Equal(t, want, got)
	}
}

// Nobody serves a submission of the first epoch any more. Those who have it score as ever; who lacks it says so, and adds
// later only what agrees with them. Where all lack it, or do not even know of it, all score without it from the second sitting
// on.
func TestAnEarlierSubmissionThatIsWithheld(t *testing.T) {
	c := newContest(t, 4)
	_, train := roundtest.Digits(t)
	for i := range 3 {
		c.start(i)
	}
	c.open()
	ann := c.miner("ann")
	data := c.publish(train, span(0, 60))
	c.submit(ann, data)
	c.play(3 * 2)
	require.Greater(t, c.verdicts(ann)[0].Accuracy, c.told(validator.EventBase)[0].Score.Accuracy+500)
	require.NoError(t, os.Remove(filepath.Join(c.Dir, "cars", data+".car")))

	c.stops[2]()
	c.start(3)
	c.open()
	thief, bob := c.miner("thief"), c.miner("bob")
	c.submit(thief, c.publish(train, append(span(0, 40), span(100, 20)...)))
	c.submit(bob, c.publish(train, span(120, 60)))
	c.until("told ahead", func() bool {
		return slices.ContainsFunc(c.told(validator.EventFailed), func(e judged) bool { return e.judge == 3 && errors.Is(e.Err, validator.ErrEarlier) })
	})
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.await(2*2, validator.EventGradient)
	c.until("told", func() bool { return len(c.waiting()) >= 2 })
	for _, e := range c.failed() {
		require.Equal(t, 3, e.judge)
		require.ErrorIs(t, e.Err, validator.ErrEarlier)
		require.ErrorContains(t, e.Err, data)
	}
	c.at(0, true)
	c.await(3+2*2, validator.EventRevealed)
	c.at(1, false)
	c.await(2*2+1, validator.EventGradient)
	c.until("told again", func() bool { return len(c.waiting()) >= 3 })
	c.at(1, true)
	c.await(3+2*2+1, validator.EventRevealed)
	honest := c.verdicts(bob)
	require.Len(t, honest, 3)
	require.Equal(t, honest[0], honest[2])
	require.Len(t, c.verdicts(thief), 2, "what the third would say is not what those who have all have said")
	require.Equal(t, validator.Copy, c.verdicts(thief)[0].Verdict)
	c.Until(t, c.creator, c.id, (*round.Round).ScoringEnds)
	c.finish()

	for i := range c.judges {
		c.stops[i]()
		c.homes[i] = t.TempDir()
	}
	// A day later the first one's account is closed: the chain's events say what it was, where a node still has them.
	c.Net.Warp(25 * time.Hour)
	_, err := ann.Rounds.ClaimTrainer(t.Context(), 0)
	require.NoError(t, err)
	_, err = ann.Rounds.CloseGradient(t.Context(), 0, ann.Wallet.PublicKey())
	require.NoError(t, err)
	c.open()
	again := c.publish(train, span(120, 60))
	c.submit(bob, again)
	// It is where its trainer says that it is, and nowhere else.
	elsewhere, said := t.TempDir(), "hf:bob/rows@0123456789012345678901234567890123456789"
	require.NoError(t, os.Rename(filepath.Join(c.Dir, "cars", again+".car"), filepath.Join(elsewhere, again+".car")))
	c.Until(t, c.creator, c.id, (*round.Round).SubmissionsClose)
	_, err = bob.Rounds.SetSource(t.Context(), c.id, said)
	require.NoError(t, err)
	for i := range 3 {
		c.start(i, func(cfg *validator.Config) {
			cfg.Sources = func(text string) (storage.Fetcher, error) {
				if text != said {
					return nil, fmt.Errorf("%q is not what was said", text)
				}
				return storage.NewCARDir(elsewhere), nil
			}
			if i == 2 {
				cfg.Rounds = c.pruned(c.judges[i])
			}
		})
	}
	c.at(0, false)
	c.await(3, validator.EventBase)
	c.until("told", func() bool { return len(c.waiting()) >= 3 })
	for _, e := range c.failed() {
		require.ErrorIs(t, e.Err, validator.ErrEarlier)
		require.ErrorContains(t, e.Err, map[bool]string{true: "keeps transactions for longer", false: data}[e.judge == 2])
	}
	c.at(0, true)
	c.await(3, validator.EventRevealed)
	c.at(1, false)
	c.await(3, validator.EventGradient)
	c.at(1, true)
	c.await(3*2, validator.EventRevealed)
	require.Equal(t, honest[0], c.verdicts(bob)[0])
	c.finish()
}

// fullDisk is a source of which nothing can be stored.
type fullDisk struct {
	storage.Fetcher
	full *atomic.Bool
	but  string
}

func (f fullDisk) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	if f.full.Load() && root.String() != f.but {
		return nil, fmt.Errorf("%w: %w", storage.ErrDisk, syscall.ENOSPC)
	}
	return f.Fetcher.Fetch(ctx, root)
}

// A validator whose disk is full commits to nothing, for as long as it is: what it cannot store is not absent, which would
// score 0, and cost its stake. With room again it goes on.
func TestDataRoundOnAFullDisk(t *testing.T) {
	c := newContest(t, 1)
	_, train := roundtest.Digits(t)
	c.open()
	clean := c.miner("clean")
	c.submit(clean, c.publish(train, span(0, 60)))
	r, err := c.creator.Rounds.Round(t.Context(), c.id)
	require.NoError(t, err)
	full := new(atomic.Bool)
	full.Store(true)
	c.start(0, func(cfg *validator.Config) {
		store, err := storage.Open(storage.Config{Dir: filepath.Join(c.homes[0], "full"), Fetchers: []storage.Fetcher{fullDisk{c.Packages(), full, r.ModelCID}}, NoSync: true})
		require.NoError(t, err)
		cfg.Store = store
	})
	c.at(0, false)
	c.await(1, validator.EventBase)
	c.Until(t, c.creator, c.id, func(r *round.Round) time.Time { return r.SittingStarts(0).Add(r.Options.CommitWindow/2 + time.Second) })
	c.until("nothing is committed to", func() bool {
		return slices.ContainsFunc(c.told(validator.EventFailed), func(e judged) bool {
			return errors.Is(e.Err, storage.ErrDisk) && strings.Contains(e.Err.Error(), "nothing is committed to")
		}) || len(c.verdicts(clean)) > 0
	})
	require.Empty(t, c.verdicts(clean))
	full.Store(false)
	c.await(1, validator.EventGradient)
	require.Equal(t, validator.Scored, c.verdict(clean).Verdict)
}

// What takes more memory or time than was set apart is no score.
func TestDataRoundThatTakesTooMuch(t *testing.T) {
	c := newContest(t, 2)
	_, train := roundtest.Digits(t)
	c.open()
	c.submit(c.miner("clean"), c.publish(train, span(0, 60)))
	c.start(0, func(cfg *validator.Config) { cfg.Memory = 200 << 20 })
	c.start(1, func(cfg *validator.Config) { cfg.ScoreTimeout = time.Nanosecond })
	c.at(0, false)
	c.await(3, validator.EventFailed)
	for _, e := range c.told(validator.EventFailed) {
		require.ErrorAs(t, e.Err, new(*round.RefusedError))
		require.ErrorContains(t, e.Err, []string{"raise Config.Memory", "raise Config.ScoreTimeout"}[e.judge])
	}
	require.Empty(t, c.told(validator.EventGradient))
}
