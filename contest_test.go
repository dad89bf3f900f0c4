package decloud_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

const epochReward = 1_000_000_000

// host runs a contest, and kills it at will.
type host struct {
	*roundtest.World
	creator roundtest.Player
	judges  []roundtest.Player
	miners  []roundtest.Player
	pkg     cid.Cid
	cfg     decloud.ContestConfig

	mu     sync.Mutex
	events []decloud.ContestEvent
	killAt func(decloud.ContestEvent) bool
	kill   context.CancelCauseFunc
}

var errKilled = errors.New("killed")

func newHost(t *testing.T, epochs int) *host {
	t.Helper()
	h := &host{World: roundtest.New(t)}
	h.creator = h.Player(t, "creator")
	for i := range 3 {
		h.judges, h.miners = append(h.judges, h.Player(t, fmt.Sprint("judge", i))), append(h.miners, h.Player(t, fmt.Sprint("miner", i)))
		_, err := h.judges[i].Rounds.AddStake(t.Context(), decloud.ValidatorStake)
		require.NoError(t, err)
		_, err = h.miners[i].Rounds.CreateTrainerProfile(t.Context())
		require.NoError(t, err)
	}
	h.cfg = decloud.ContestConfig{Package: roundtest.DataPackage(), Reward: epochReward, Epochs: epochs, Poll: time.Millisecond, Locks: t.TempDir(), Observer: h.observe}
	return h
}

func (h *host) observe(e decloud.ContestEvent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
	if e.CID.Defined() {
		h.pkg = e.CID
	}
	if h.killAt != nil && h.killAt(e) {
		h.kill(errKilled)
	}
}

func (h *host) count(kind decloud.ContestEventKind) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// start runs the contest until it ends or is killed.
func (h *host) start(t *testing.T) <-chan error {
	t.Helper()
	ctx, kill := context.WithCancelCause(t.Context())
	h.mu.Lock()
	h.kill = kill
	h.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- h.creator.Contest(ctx, h.cfg) }()
	t.Cleanup(func() { kill(nil) })
	return done
}

// play has three miners submit to a round, and judges score them, so that it can be finalized.
func (h *host) play(t *testing.T, id uint64, scores [3]uint32) {
	t.Helper()
	h.Until(t, h.creator, id, (*round.Round).SubmissionsOpen)
	subjects := map[solana.PublicKey]uint32{round.BaseModel: 5000}
	for i, m := range h.miners {
		_, err := m.Rounds.SubmitSealed(t.Context(), id, fmt.Sprintf("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbz%02d", i))
		require.NoError(t, err)
		subjects[m.Wallet.PublicKey()] = scores[i]
	}
	h.ScoreSealed(t, id, h.creator, h.judges, subjects)
}

// rounds are all of the creator's.
func (h *host) rounds(t *testing.T) []*round.Round {
	t.Helper()
	all, err := h.creator.Rounds.Rounds(t.Context(), round.Filter{Creator: h.creator.Wallet.PublicKey()})
	require.NoError(t, err)
	return all
}

// active waits for the creator's n-th round.
func (h *host) active(t *testing.T, n int) *round.Round {
	t.Helper()
	var r *round.Round
	require.Eventually(t, func() bool {
		if all := h.rounds(t); len(all) > 0 && all[len(all)-1].ID == uint64(n-1) && all[len(all)-1].Status == round.Active {
			r = all[len(all)-1]
		}
		return r != nil
	}, time.Minute, time.Millisecond)
	return r
}

// A contest of two epochs is opened, finalized and over; the terms are those of sealed data rounds by the win rate; the
// standings are the program's shares, and every lamport of both rewards is paid or comes back.
func TestContest(t *testing.T) {
	h := newHost(t, 2)
	done := h.start(t)
	for n := 1; n <= 2; n++ {
		r := h.active(t, n)
		require.Equal(t, n, decloud.EpochOf(r, h.pkg))
		require.True(t, r.Sealed())
		require.Equal(t, reward.WinRate, r.Options.RewardRule)
		require.EqualValues(t, decloud.DefaultEpochSlots, r.Fair.SubmissionSlots)
		h.play(t, r.ID, [3]uint32{9000, 8000, 4000})
	}
	require.NoError(t, <-done)
	require.Equal(t, 1, h.count(decloud.ContestWarned))
	require.Equal(t, 2, h.count(decloud.ContestOpened))

	s, err := h.miners[2].Standings(t.Context(), h.creator.Wallet.PublicKey(), h.pkg)
	require.NoError(t, err)
	require.Empty(t, s.Missing)
	require.Len(t, s.Epochs, 2)
	first := s.Epochs[0]
	require.Equal(t, []int{0, 1, 1, -1, -1}, []int{first.Beats(0, 0), first.Beats(0, 1), first.Beats(1, 2), first.Beats(1, 0), first.Beats(2, 1)})
	var rates, weights, averages []uint64
	for _, e := range first.Entries {
		rates, weights = append(rates, e.Rate), append(weights, e.Weight)
	}
	require.Equal(t, []uint64{decloud.RateScale, 0, 0}, rates)
	require.Equal(t, []uint64{4, 2, 0}, weights)
	for _, m := range s.Miners {
		averages = append(averages, m.Average)
	}
	require.Equal(t, []uint64{360_000, 0, 0}, averages, "0.8 · 0.2 + 0.2")
	require.Equal(t, h.miners[0].Wallet.PublicKey(), s.Miners[0].Trainer)
	h.everythingIsPaid(t)
}

// everythingIsPaid has everybody claim, and requires that no lamport stays in a vault.
func (h *host) everythingIsPaid(t *testing.T) {
	t.Helper()
	for _, p := range append(append([]roundtest.Player{}, h.miners...), append(h.judges, h.creator)...) {
		_, err := p.ClaimAll(t.Context())
		require.NoError(t, err)
	}
	for _, r := range h.rounds(t) {
		if r.Status == round.Finalized {
			_, err := h.creator.Rounds.Vault(t.Context(), r.ID)
			require.ErrorIs(t, err, chain.ErrNotFound, "round %d", r.ID)
		}
	}
}

// Killed after each of its steps, a contest opens each epoch once: the reward is locked as often as there are epochs.
func TestContestIsKilledAnywhere(t *testing.T) {
	for _, at := range []decloud.ContestEventKind{decloud.ContestStarted, decloud.ContestOpened, decloud.ContestFinalized, decloud.ContestWithdrawn} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			h := newHost(t, 2)
			h.killAt = func(e decloud.ContestEvent) bool { return e.Kind == at }
			kills := 0
			ended := make(chan error, 1)
			go func() {
				for {
					err := <-h.start(t)
					if !errors.Is(err, errKilled) {
						ended <- err
						return
					}
					if kills++; at == decloud.ContestStarted && kills == 3 {
						h.mu.Lock()
						h.killAt = nil
						h.mu.Unlock()
					}
				}
			}()
			for n := 1; n <= 2; n++ {
				h.play(t, h.active(t, n).ID, [3]uint32{9000, 8000, 4000})
			}
			require.NoError(t, <-ended)
			require.Positive(t, kills)
			require.Len(t, h.rounds(t), 2)
			h.everythingIsPaid(t)
			require.NoError(t, <-h.start(t), "nothing is left to do")
			require.Len(t, h.rounds(t), 2)
		})
	}
}

// An epoch of a number that is there already, which a second machine has opened, is cancelled and paid back, and later ones
// go on from the number, once the accounts of the earlier ones are closed too.
func TestSecondRoundOfAnEpochIsCancelled(t *testing.T) {
	h := newHost(t, 3)
	done := h.start(t)
	first := h.active(t, 1)
	h.kill(errKilled)
	require.ErrorIs(t, <-done, errKilled)

	again := *first.Fair
	o := first.Options
	o.Deadline = h.Net.Now().Add(30 * time.Minute).Truncate(time.Second)
	_, _, err := h.creator.Rounds.CreateRound(t.Context(), round.Spec{ModelCID: first.ModelCID, Dataset: first.Dataset, Reward: epochReward, Options: &o, Fair: &again})
	require.NoError(t, err)
	done = h.start(t)
	require.Eventually(t, func() bool { return h.count(decloud.ContestCancelled) == 1 }, time.Minute, time.Millisecond)
	h.play(t, first.ID, [3]uint32{9000, 8000, 4000})
	third := h.active(t, 3)
	require.Equal(t, 2, decloud.EpochOf(third, h.pkg))
	h.kill(errKilled)
	require.ErrorIs(t, <-done, errKilled)

	h.play(t, third.ID, [3]uint32{9000, 8000, 4000})
	_, err = h.creator.Rounds.FinalizeRound(t.Context(), third.ID)
	require.NoError(t, err)
	h.everythingIsPaid(t)
	h.Net.Warp(first.ClaimPeriod + time.Minute)
	done = h.start(t)
	last := h.active(t, 4)
	require.Equal(t, 3, decloud.EpochOf(last, h.pkg))
	h.play(t, last.ID, [3]uint32{9000, 8000, 4000})
	require.NoError(t, <-done)
	require.Equal(t, 3, h.count(decloud.ContestClosed), "the cancelled one too")
	s, err := h.creator.Standings(t.Context(), h.creator.Wallet.PublicKey(), h.pkg)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, s.Missing)
	require.Equal(t, 3, s.Epochs[0].Number)
	h.everythingIsPaid(t)
	opened := h.count(decloud.ContestOpened)
	h.Net.Warp(first.ClaimPeriod + time.Minute)
	require.NoError(t, <-h.start(t), "the newest round says that all were there, however late it is")
	require.Equal(t, opened, h.count(decloud.ContestOpened))
}

func TestContestConfig(t *testing.T) {
	p := roundtest.New(t).Player(t, "creator")
	good := decloud.ContestConfig{Package: roundtest.DataPackage(), Reward: epochReward, Epochs: 1}
	for name, test := range map[string]struct {
		change func(*decloud.ContestConfig)
		want   string
	}{
		"no package":  {func(c *decloud.ContestConfig) { c.Package = nil }, "Package is nil"},
		"heads":       {func(c *decloud.ContestConfig) { c.Package = roundtest.Package() }, "has no task"},
		"no epochs":   {func(c *decloud.ContestConfig) { c.Epochs = 0 }, "want 1 to 9999"},
		"too many":    {func(c *decloud.ContestConfig) { c.Epochs = 10_000 }, "want 1 to 9999"},
		"slots":       {func(c *decloud.ContestConfig) { c.Pace, c.SubmissionSlots = decloud.DayPace(), 9000 }, "before Pace.Opens"},
		"reward":      {func(c *decloud.ContestConfig) { c.Reward = 0 }, "protocol's least"},
		"no data set": {func(c *decloud.ContestConfig) { c.Package.Config.Metadata.Dataset = "?" }, "names no data set"},
		"a plain one": {func(c *decloud.ContestConfig) { c.Change = func(t *decloud.Terms) { t.Fair = nil } }, "data rounds"},
		"sealed twice": {func(c *decloud.ContestConfig) {
			c.Epochs, c.Change = 2, func(t *decloud.Terms) { t.Fair.Holdout[0] = 1 }
		}, "one epoch"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			cfg.Package, cfg.Locks = roundtest.DataPackage(), t.TempDir()
			test.change(&cfg)
			require.ErrorContains(t, p.Contest(t.Context(), cfg), test.want)
		})
	}
}
