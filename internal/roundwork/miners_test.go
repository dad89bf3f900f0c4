package roundwork_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// keeps is a directory of rows that its miner keeps somewhere else, too.
type keeps struct{ trainer.Directory }

func (k keeps) Newest(ctx context.Context, r *round.Round) (trainer.Revision, error) {
	revision, err := k.Directory.Newest(ctx, r)
	revision.Source = "hf:alice/digits@0123456789012345678901234567890123456789"
	return revision, err
}

// mined is a crew with a sealed data round, and rows to submit to it.
func mined(t *testing.T) (m *team, miner roundtest.Player, rows keeps) {
	m = &team{crew: newCrew(t)}
	m.creator = m.Player(t, "creator")
	m.id = m.LaunchData(t, m.creator, nil)
	return m, m.Player(t, "miner"), keeps{trainer.Directory(roundtest.Rows(t, 0, 10))}
}

// mortalMiner runs a miner that dies at each of its transactions twice, as [team.mortal] does with validators.
func (m *team) mortalMiner(wallet *chain.Keypair, rows trainer.Submissions) (deaths *atomic.Int64) {
	deaths = new(atomic.Int64)
	home := m.t.TempDir()
	m.start(func(ctx context.Context) error {
		for ctx.Err() == nil {
			life, die := context.WithCancel(ctx)
			w, err := trainer.NewWorker(trainer.Config{
				Rounds: m.deadly(wallet, deaths, die), Store: m.store(home), Dir: home, Locks: home, Poll: poll, MaxSpending: sol,
				Submit: map[dataset.ID]trainer.Submissions{dataset.Mnist: rows}, Policy: trainer.Policy{Terms: &trainer.Terms{}},
				Observer: func(e trainer.Event) {
					m.note(happened{who: "miner", kind: string(e.Kind), signature: e.Signature, err: e.Err})
				},
			})
			if err == nil {
				err = w.Run(life)
			}
			die()
			if err != nil {
				return err
			}
			time.Sleep(time.Second)
		}
		return nil
	})
	return deaths
}

// judged has the round scored and finalized.
func (m *team) judged(of solana.PublicKey) {
	var judges []roundtest.Player
	for _, name := range []string{"ann", "bea", "cid"} {
		judges = append(judges, m.Player(m.t, name))
	}
	m.JudgeSealed(m.t, m.id, m.creator, judges, map[solana.PublicKey]uint32{round.BaseModel: 5000, of: 6000})
}

// nothingLeft reports whether a trainer has neither gradient nor source in the round.
func (m *team) nothingLeft(of solana.PublicKey) bool {
	_, err := m.anybody().Gradient(m.t.Context(), m.id, of)
	_, sourceErr := m.anybody().Source(m.t.Context(), m.id, of)
	return errors.Is(err, chain.ErrNotFound) && errors.Is(sourceErr, chain.ErrNotFound)
}

// A data round from the profile until nothing is left of it, with a miner that is killed at each of its transactions, before
// it is sent and once it has landed: each is sent once, none fails, what was submitted is published, and all but the
// reward and the fees comes back.
func TestMinerIsKilledAtEachTransaction(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m, miner, rows := mined(t)
		wallet := miner.Wallet.PublicKey()
		had := m.worth(wallet)
		deaths := m.mortalMiner(miner.Wallet, rows)
		m.until("submitted", func() bool { return m.round().Gradients == 1 })
		m.Until(t, m.creator, m.id, (*round.Round).SubmissionsClose)
		m.happen(1, "published")
		m.until("said", func() bool {
			_, err := m.anybody().Source(t.Context(), m.id, wallet)
			return err == nil
		})
		g, err := m.anybody().Gradient(t.Context(), m.id, wallet)
		require.NoError(t, err)
		m.judged(wallet)
		m.until("claimed", func() bool {
			g, err := m.anybody().Gradient(t.Context(), m.id, wallet)
			return err == nil && g.RewardClaimed
		})
		m.Net.Warp(25 * time.Hour)
		m.until("nothing is left", func() bool { return m.nothingLeft(wallet) })

		require.EqualValues(t, 2*6, deaths.Load(), "profile, gradient, source, claim, and both closed")
		require.Zero(t, m.failed(wallet), "%v", m.told("failed"))
		require.Len(t, m.signatures(wallet), 6)
		require.Len(t, m.told("published"), 1)
		require.EqualValues(t, 882_000_000-round.ProfileRent(), m.worth(wallet)-had)
		require.NotEmpty(t, g.CID)
	})
}

// Two miners of one wallet on two machines, with the same rows: one submits, and both publish what was submitted, so that it
// is there though one of them is gone.
func TestTwoMinersOfOneWalletOnTwoMachines(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m, miner, rows := mined(t)
		wallet := miner.Wallet.PublicKey()
		stop := map[string]func(){}
		for _, name := range []string{"one", "two"} {
			stop[name] = m.trainer(name, miner.Wallet, func(c *trainer.Config) {
				c.Data, c.Submit = nil, map[dataset.ID]trainer.Submissions{dataset.Mnist: rows}
			})
			time.Sleep(lag / 2)
		}
		m.happen(1, "submitted")
		m.happen(2, "copied")
		m.Until(t, m.creator, m.id, (*round.Round).SubmissionsClose)
		m.happen(2, "published")
		m.judged(wallet)
		m.happen(1, "claimed")
		m.Net.Warp(25 * time.Hour)
		m.until("nothing is left", func() bool { return m.nothingLeft(wallet) })
		require.Len(t, m.told("submitted"), 1)
		require.Len(t, m.told("claimed"), 1)
		require.LessOrEqual(t, m.failed(wallet), 1, "%v", m.told("failed"))
	})
}
