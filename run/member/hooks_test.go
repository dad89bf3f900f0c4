package member_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// A veto keeps a member out, until it is taken back.
func TestVetoOnJoining(t *testing.T) {
	warmPackage(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, file(nil), run.Spec{}, localnet.InProcess())
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		vetoes := 0
		cfg := s.config("member", func(c *member.Config) {
			c.Train, c.Evaluate = pretend(1), fixed(5000)
			c.Veto = func(r *run.Run, f config.File) error {
				mu.Lock()
				defer mu.Unlock()
				require.Equal(t, "scene", r.ID)
				require.NotEmpty(t, f.Model.Head.Package)
				if vetoes++; vetoes < 3 {
					return errors.New("not on Sundays")
				}
				return nil
			}
		})
		w, err := member.NewWorker(cfg)
		require.NoError(t, err)
		require.Equal(t, member.Usage{MaxComputing: 1}, w.Usage())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		s.await("joined", func(v *run.View) bool { return v.Roster.Find(cfg.Runs.Wallet()) >= 0 })
		require.Equal(t, 2, s.count(member.EventFailed))
		s.mu.Lock()
		for _, e := range s.events {
			if e.Kind == member.EventFailed {
				require.ErrorContains(t, e.Err, "not on Sundays")
				require.Positive(t, e.Retry)
			}
		}
		s.mu.Unlock()
		stop()
		require.NoError(t, <-done)
	})
}
