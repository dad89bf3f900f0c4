package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTheStoryHolds: three trainers better, the one with flipped
// labels worse, paid by improvement, to the lamport.
//
// DECLOUD_SEEDS says how many seeds; one in twenty may fail.
func TestTheStoryHolds(t *testing.T) {
	seeds, failed := someSeeds(), uint64(0)
	for seed := range seeds {
		var story bytes.Buffer
		if err := run(t.Context(), options{seed: seed}, io.Discard, &story); err != nil {
			failed++
			t.Logf("seed %d: %v\n%s", seed, err, story.String())
		}
	}
	require.LessOrEqual(t, failed, seeds/20)
}

// someSeeds is how many seeds a test tries: two, or with -short one, or DECLOUD_SEEDS (make story).
func someSeeds() uint64 {
	if v, err := strconv.ParseUint(os.Getenv("DECLOUD_SEEDS"), 10, 16); err == nil {
		return v
	}
	if testing.Short() {
		return 1
	}
	return 2
}

func TestJSONIsOneObjectThatAddsUp(t *testing.T) {
	var out, story bytes.Buffer
	page := filepath.Join(t.TempDir(), "round.html")
	require.NoError(t, run(t.Context(), options{seed: 1, json: true, report: page}, &out, &story))

	var r report
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&r))
	require.ErrorIs(t, d.Decode(new(report)), io.EOF)
	require.Equal(t, r.Conservation.Locked, r.Conservation.sum())
	var paid uint64
	for _, p := range r.Payouts {
		paid += p.Net
	}
	require.Equal(t, paid, r.Conservation.PaidTrainers+r.Conservation.PaidValidators)
	require.Len(t, r.Scores, 4)
	require.Len(t, r.Accounts, 8)
	require.Contains(t, story.String(), "locked 1000000000 = trainers")

	text, err := os.ReadFile(page)
	require.NoError(t, err)
	says := func(what string) { t.Helper(); require.True(t, strings.Contains(string(text), what), what) }
	for _, s := range r.Scores {
		says("<td class=\"w\">" + s.Trainer + "</td><td class=\"w\">" + s.CID + "</td>")
		says(s.Name + ": ") // how the training went
	}
	for _, p := range r.Payouts {
		says(">" + chain.FormatSOL(p.Net) + "</td>")
	}
}

// flipper flips a bit in the middle of a CAR on disk before it is read first.
type flipper struct {
	storage.Fetcher
	flip func(root cid.Cid)
}

func (f flipper) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	f.flip(root)
	return f.Fetcher.Fetch(ctx, root)
}

func TestOneFlippedBlockInTheCreatorsDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	var once sync.Once
	var model cid.Cid
	spoil := func(f storage.Fetcher) storage.Fetcher {
		return flipper{f, func(root cid.Cid) {
			once.Do(func() {
				model = root
				path := filepath.Join(dir, "cars", root.String()+".car")
				data, err := os.ReadFile(path)
				require.NoError(t, err)
				data[len(data)/2] ^= 1
				require.NoError(t, os.WriteFile(path, data, 0o600))
			})
		}}
	}
	err := run(t.Context(), options{keep: dir, spoil: spoil}, io.Discard, io.Discard)
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, model.String())
}

// stopper stops the launch once the story has come to a word.
type stopper struct {
	io.Writer
	at   string
	stop func()
}

func (s stopper) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.at) {
		s.stop()
	}
	return s.Writer.Write(p)
}

func TestCtrlCStopsCleanlyAtAnyPoint(t *testing.T) {
	points := []string{"epoch 3/5", "scores bob's head", "splits", "locks", "scores the base head", "submits", "closes", "claims"}
	if testing.Short() {
		points = points[:2]
	}
	for _, at := range points {
		t.Run(at, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			ctx, cancel := context.WithCancel(t.Context())
			var story bytes.Buffer
			err := run(ctx, options{}, io.Discard, stopper{&story, at, sync.OnceFunc(cancel)})
			require.ErrorIs(t, err, context.Canceled, story.String())
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			require.NoError(t, err)
			require.Empty(t, left, "the temporary directory is removed")
		})
	}
}

func TestKeepNeverWritesIntoADirectoryThatIsThere(t *testing.T) {
	dir := t.TempDir()
	err := run(t.Context(), options{keep: dir}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "--keep needs a directory that does not exist yet")
	require.ErrorIs(t, err, os.ErrExist)
}

func TestReportNamesWhatIsOff(t *testing.T) {
	good := &report{
		Round: roundInfo{BaseAccuracy: 7000},
		Scores: []score{
			{Name: "alice", Trainer: "A", Accuracy: 8000, Improvement: 1000, Rating: 500},
			{Name: "mallory", Trainer: "M", Accuracy: 100, Rating: 499},
		},
		Payouts:      []payout{{Name: "alice", Wallet: "A", Net: 9, Owed: 9}, {Name: "mallory", Wallet: "M"}},
		Conservation: conservation{Holds: true},
	}
	require.NoError(t, good.check())
	for want, spoil := range map[string]func(*report){
		"lamports went missing":          func(r *report) { r.Conservation.Holds = false },
		"alice was paid 8 lamports":      func(r *report) { r.Payouts[0].Net = 8 },
		"made the model no worse":        func(r *report) { r.Scores[1].Accuracy = 7000 },
		"not at 4.99":                    func(r *report) { r.Scores[1].Rating = 500 },
		"alice did not improve":          func(r *report) { r.Scores[0].Improvement = 0 },
		"improved more than mallory and": func(r *report) { r.Payouts[0].Net, r.Payouts[0].Owed = 0, 0 },
	} {
		bad := *good
		bad.Scores = append([]score(nil), good.Scores...)
		bad.Payouts = append([]payout(nil), good.Payouts...)
		spoil(&bad)
		require.ErrorContains(t, bad.check(), want)
	}
}

func BenchmarkLaunch(b *testing.B) {
	for b.Loop() {
		if err := run(context.Background(), options{seed: 1}, io.Discard, io.Discard); err != nil && !errors.Is(err, context.Canceled) {
			b.Fatal(err)
		}
	}
}
