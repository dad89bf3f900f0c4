package member_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

// small are samples of another shape than the package takes.
func small(t *testing.T) dataset.Dataset {
	ds, err := dataset.New([]int{1, 8, 8}, 10, make([]float32, 20*64), make([]int, 20))
	require.NoError(t, err)
	return ds
}

// Who cannot take part does not join: it would miss every round, and where members
// vote that costs its stake. Once the cause is gone it joins by itself.
func TestJoinsOnlyWithWhatARoundNeeds(t *testing.T) {
	for name, tt := range map[string]struct {
		data  func(t *testing.T) dataset.Dataset
		model bool // the run's model is the package itself, until it is mended
		says  string
	}{
		"data of another shape":     {data: small, says: "the member's data"},
		"a model that is a package": {data: func(t *testing.T) dataset.Dataset { return share(t, 0, 40) }, model: true, says: "model: "},
	} {
		t.Run(name, func(t *testing.T) {
			warmPackage(t)
			data := tt.data(t)
			synctest.Test(t, func(t *testing.T) {
				f := file(func(f *config.File) {
					f.Config.Verification, f.Config.Voters, f.Config.MinStake, f.Config.SlashBps = "vote", 1, 1_000_000, 1_000
				})
				s := newScene(t, f, run.Spec{Treasury: run.SOL}, localnet.InProcess())
				if tt.model {
					s.setModel(s.packageDigest())
				}
				ctx, stop := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wallet := s.start(ctx, &wg, "member", func(c *member.Config) { c.Data, c.Stake = data, 2_000_000 }).Wallet()
				time.Sleep(time.Minute) // of the bubble
				v, err := s.View(t.Context(), "scene")
				require.NoError(t, err)
				require.Negative(t, v.Roster.Find(wallet), "it joined")
				require.Zero(t, v.Run.Stakes)
				require.ErrorContains(t, s.lastFailure(), tt.says)
				if tt.model {
					s.setModel(run.Digest{})
					s.await("joined", func(v *run.View) bool { return v.Roster.Find(wallet) >= 0 })
				}
				stop()
				wg.Wait()
			})
		})
	}
}

// packageDigest is the package's, as that of a model would be written.
func (s *scene) packageDigest() run.Digest {
	r, err := s.Run(s.t.Context(), "scene")
	require.NoError(s.t, err)
	root, err := storage.ParseCID(r.PackageCID)
	require.NoError(s.t, err)
	digest, err := member.Digest(root)
	require.NoError(s.t, err)
	return digest
}

// setModel pauses, sets the run's model, and resumes.
func (s *scene) setModel(model run.Digest) {
	ctx := s.t.Context()
	_, err := s.SetPaused(ctx, s.r, true)
	require.NoError(s.t, err)
	_, err = s.UpdateModel(ctx, s.r, model)
	require.NoError(s.t, err)
	_, err = s.SetPaused(ctx, s.r, false)
	require.NoError(s.t, err)
}

func (s *scene) lastFailure() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == member.EventFailed {
			err = e.Err
		}
	}
	return err
}
