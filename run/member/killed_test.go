package member_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
)

// schedules is how many random schedules are tried: `make run-schedules` tries 1,000.
func schedules() int { return environment("DECLOUD_RUN_SCHEDULES", 1) }

func environment(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestStoppedAtRandom stops and starts members at random moments, in both kinds of
// runs, on the program's real bytes: the run ends, nothing was done twice, and the
// books are exact to the lamport.
func TestStoppedAtRandom(t *testing.T) {
	warmPackage(t)
	first := uint64(environment("DECLOUD_RUN_FIRST", 0))
	for seed := first; seed < first+uint64(schedules()); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { stopAtRandom(t, seed) })
		})
	}
}

func stopAtRandom(t *testing.T, seed uint64) {
	f := file(func(f *config.File) {
		if seed%2 == 1 {
			f.Config.Verification, f.Config.Voters, f.Config.MinStake, f.Config.SlashBps = "vote", 1, chain.LamportsPerSOL, 1_000
		}
		f.Config.MaxMissed = 100
		if schedules() == 1 {
			f.Config.TotalSteps = 2
		}
	})
	s := newScene(t, f, run.Spec{Treasury: run.SOL}, localnet.InProcess())
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		cfg := s.config(fmt.Sprint("member", i), func(c *member.Config) {
			c.Train, c.Evaluate, c.Stake = pretend(i), fixed(5000), 2*chain.LamportsPerSOL
		})
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for ctx.Err() == nil {
				life, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(12_000))*time.Millisecond)
				s.run(life, cfg)
				cancel()
				time.Sleep(time.Duration(rng.IntN(1_500)) * time.Millisecond)
			}
		})
	}
	v := s.await("finished and paid", func(v *run.View) bool { return v.Run.State == run.Finished && v.Run.Owed == 0 })
	stop()
	wg.Wait()
	s.conserved(v)
	s.once()
}

// conserved requires that the vault holds what is due, to the lamport.
func (s *scene) conserved(v *run.View) {
	due := uint64(0)
	for _, slot := range v.Roster.Slots {
		due += slot.Due()
	}
	require.Equal(s.t, v.Run.Owed, due)
	vault, ok := s.net.Account(v.Run.Vault)
	require.True(s.t, ok)
	require.Equal(s.t, v.Run.Liabilities(), vault.Lamports-uint64((128+len(vault.Data))*6_960))
}

// once requires that no member did a step of a round twice.
func (s *scene) once() {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for _, e := range s.events {
		switch e.Kind {
		case member.EventSubmitted, member.EventSeen, member.EventCommitted, member.EventRevealed, member.EventClaimed:
			require.False(s.t, seen[e.Signature], "%s %s", e.Kind, e.Step)
			seen[e.Signature] = true
		}
	}
}
