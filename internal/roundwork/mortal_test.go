package roundwork_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// mortal runs a validator that dies at each of its transactions twice: before it is sent, and, sent again, once it has
// landed, before anybody knows. Each life has the files of the one before, or none. deaths counts.
func (m *team) mortal(i int, keeps bool) (deaths *atomic.Int64) {
	deaths = new(atomic.Int64)
	test, _ := roundtest.Digits(m.t)
	home := m.t.TempDir()
	m.start(func(ctx context.Context) error {
		for ctx.Err() == nil {
			life, die := context.WithCancel(ctx)
			if !keeps {
				home = m.t.TempDir()
			}
			w, err := validator.NewWorker(validator.Config{
				Rounds: m.deadly(m.judges[i].Wallet, deaths, die), Store: m.store(home), Dir: home, Locks: home, Poll: poll, Data: data(test), MaxSpending: sol,
				Observer: func(e validator.Event) {
					m.note(happened{who: m.name(i), kind: string(e.Kind), signature: e.Signature, err: e.Err})
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

// deadly is a client of a worker that dies with its transactions.
func (m *team) deadly(wallet *chain.Keypair, deaths *atomic.Int64, die func()) *round.Client {
	route := chaintest.InProcess(m.Net.RPC())
	var once sync.Once
	route.ViaNode().Inject(func(c chaintest.Call) (resp *http.Response, err error) {
		if c.Method != "sendTransaction" {
			return nil, nil
		}
		err = chaintest.ErrLine
		once.Do(func() {
			defer die()
			if deaths.Add(1)%2 == 0 {
				_, err = c.Lose()
			}
		})
		return nil, err
	})
	r, err := round.NewClient(round.Config{Chain: route.Client(m.t, wallet), Program: m.Net.ProgramID()})
	require.NoError(m.t, err)
	return r
}

// fees are what a wallet has paid for its transactions.
func (c *crew) fees(wallet solana.PublicKey) (sum uint64) {
	for _, s := range c.signatures(wallet) {
		tx, err := c.Net.RPC().GetTransaction(c.t.Context(), s, &rpc.GetTransactionOpts{Commitment: rpc.CommitmentConfirmed, Encoding: solana.EncodingBase64})
		require.NoError(c.t, err)
		sum += tx.Meta.Fee
	}
	return sum
}

// worth is what a wallet has and what it has paid in fees.
func (c *crew) worth(wallet solana.PublicKey) uint64 {
	lamports, err := c.anybody().Chain().Balance(c.t.Context(), wallet)
	require.NoError(c.t, err)
	return lamports + c.fees(wallet)
}

// worths are those of the judges.
func (m *team) worths() (all []uint64) {
	for _, p := range m.judges {
		all = append(all, m.worth(p.Wallet.PublicKey()))
	}
	return all
}

// A sealed round from its first commitment until nothing is left of it, half a year later, with two validators that are
// killed at each of their transactions, and one that commits and is gone until then: each step is taken once, no transaction
// fails, all who scored alike earn alike to the lamport, and all rent comes back: of the commitments that were never
// revealed, of the mark of the slash for that, and of the round, which those close whose rent waits for it.
func TestValidatorsAreKilledAtEachTransactionUntilNothingIsLeft(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 4)
		m.pupil = m.Player(t, "pupil")
		m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) { c.Training.Seed = 1 })
		had := m.worths()
		deaths := []*atomic.Int64{m.mortal(0, true), m.mortal(1, false)}
		m.judge(2)
		commits, gone := m.commitsAndGoes(3)
		m.until("committed", func() bool { return commits() == 2 })
		gone()
		m.happen(1, "claimed", "pupil")
		r := m.round()
		var mark *round.Unopened
		m.until("slashed", func() bool {
			marks, err := m.anybody().UnopenedIn(t.Context(), m.id)
			require.NoError(t, err)
			if len(marks) == 1 {
				mark = marks[0]
			}
			return mark != nil
		})
		m.Net.Warp(25 * time.Hour)
		m.closed(t)

		m.Net.Warp(r.ClaimsEnd().Sub(m.Net.Now()))
		_, err := m.creator.Rounds.WithdrawRemainder(t.Context(), m.id)
		require.NoError(t, err)
		owned, rent := m.worth(m.creator.Wallet.PublicKey()), m.worth(m.anybody().Addresses().Round(m.id))
		deaths = append(deaths, m.mortal(3, true))
		m.until("nothing is left", func() bool { return m.empty() })

		pay := m.worths()
		for i, n := range deaths {
			require.NotZero(t, n.Load(), i)
			require.Zero(t, n.Load()%2, i)
		}
		share := r.SlashAmount() / 10_000 * uint64(r.ReporterShareBps)
		for i, p := range m.judges {
			pay[i] -= had[i]
			if p.Wallet.PublicKey() == mark.Reporter {
				pay[i] -= share
			}
		}
		shares := r.Shares()
		each := shares.Payment(shares.ValidatorGross()).Net
		require.Equal(t, []uint64{2 * each, 2 * each, 2 * each, 0}, pay)
		require.Equal(t, owned+rent, m.worth(m.creator.Wallet.PublicKey()))
		require.Zero(t, m.failed(m.wallets()...), "%v", m.told("failed"))
	})
}

// empty reports whether the round and all that was in it is closed.
func (m *team) empty() bool {
	_, err := m.anybody().Round(m.t.Context(), m.id)
	if !errors.Is(err, chain.ErrNotFound) {
		require.NoError(m.t, err)
		return false
	}
	commitments, err := m.anybody().Commitments(m.t.Context(), m.id)
	require.NoError(m.t, err)
	marks, err := m.anybody().UnopenedIn(m.t.Context(), m.id)
	require.NoError(m.t, err)
	return len(commitments)+len(marks) == 0
}
