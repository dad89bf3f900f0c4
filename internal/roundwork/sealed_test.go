package roundwork_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// sealed is a crew with a sealed round with a committee, of which the judges have so much of all stakes that all are drawn.
func sealed(t *testing.T, judges int) *team {
	m := &team{crew: newCrew(t)}
	m.creator = m.Player(t, "creator")
	m.id = m.LaunchSealed(t, m.creator, func(o *round.Options) { o.MinValidatorStake = sol }, func(f *round.FairOptions) { f.Committee = 16 })
	for i := range judges {
		m.judges = append(m.judges, m.staked(m.name(i)))
	}
	return m
}

// submitSealed has a new player submit a CID to the sealed round.
func (c *crew) submitSealed(name, cid string) solana.PublicKey {
	p := c.Player(c.t, name)
	_, err := p.Rounds.CreateTrainerProfile(c.t.Context())
	require.NoError(c.t, err)
	_, err = p.Rounds.SubmitSealed(c.t.Context(), c.id, cid)
	require.NoError(c.t, err)
	return p.Wallet.PublicKey()
}

// nameless publishes a head that does not say whose it is.
func (c *crew) nameless() string {
	p := c.Player(c.t, "publisher")
	dir := filepath.Join(c.t.TempDir(), "gradient")
	require.NoError(c.t, packagefmt.WriteGradient(dir, shifted(1), roundtest.Package()))
	root, err := p.Store.Add(c.t.Context(), os.DirFS(dir))
	require.NoError(c.t, err)
	_, err = p.Store.Push(c.t.Context(), root)
	require.NoError(c.t, err)
	return root.String()
}

// score is what the round says of a gradient.
func (c *crew) score(trainer solana.PublicKey) *round.Gradient {
	g, err := c.anybody().Gradient(c.t.Context(), c.id, trainer)
	require.NoError(c.t, err)
	return g
}

// A sealed round from its first submission to the last claim, by the workers alone, since its creator is gone: heads are
// published once submissions close, one wallet draws the committee, all commit and reveal in the first sitting; who
// cannot be fetched and who names nobody scores 0, who commits and is gone is slashed once; nobody pays for a transaction
// that fails.
func TestWorkersPlayASealedRound(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 4)

		pupils := []roundtest.Player{m.Player(t, "tim"), m.Player(t, "tom")}
		for i, name := range []string{"tim", "tom"} {
			m.trainer(name, pupils[i].Wallet, func(c *trainer.Config) { c.Training.Seed = uint64(i + 1) })
		}
		m.happen(2, "submitted")
		ghost := m.submitSealed("ghost", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
		nameless := m.submitSealed("nameless", m.nameless())
		for i := range 3 {
			m.judge(i, func(c *validator.Config) { c.MaxSamples = i * 7 }) // which means nothing here
		}
		commits, gone := m.commitsAndGoes(3)
		m.happen(2, "published")
		require.Empty(t, m.told("base"), "nothing is scored before the first sitting")
		m.happen(1, "drawn")
		m.until("all committed", func() bool { return len(m.told("base"))+len(m.told("gradient")) == 20 && commits() == 5 })
		gone()
		require.True(t, m.Net.Now().Before(m.round().SittingStarts(0).Add(roundtest.CommitWindow)))
		m.happen(15, "revealed")

		m.happen(1, "finalized")
		m.happen(15, "claimed", m.name(0), m.name(1), m.name(2))
		m.happen(1, "claimed", "tim")
		m.happen(1, "claimed", "tom")
		for _, of := range []solana.PublicKey{ghost, nameless} {
			require.Equal(t, []uint32{0, 0, 0}, m.score(of).Scores)
		}
		for _, p := range pupils {
			g := m.score(p.Wallet.PublicKey())
			require.Equal(t, []uint32{g.Consensus, g.Consensus, g.Consensus}, g.Scores)
			require.Greater(t, g.Consensus, m.round().BaseAccuracy)
		}
		m.happen(1, "slashed")
		stake, err := m.anybody().Stake(t.Context(), m.judges[3].Wallet.PublicKey())
		require.NoError(t, err)
		require.EqualValues(t, sol/10, stake.Slashed, "once, whatever it left")
		for kind, n := range map[string]int{"drawn": 1, "finalized": 1, "published": 2, "submitted": 2, "revealed": 15} {
			require.Len(t, m.told(kind), n, kind)
		}
		m.pupil = pupils[0]
		require.Zero(t, m.failed(append(m.wallets(), pupils[1].Wallet.PublicKey())...), "%v", m.told("failed"))
	})
}

// commitsAndGoes starts a judge that sees nothing of the time for reveals.
func (m *team) commitsAndGoes(i int) (commits func() int, stop func()) {
	var mu sync.Mutex
	n := 0
	stop = m.judge(i, func(c *validator.Config) {
		observe := c.Observer
		c.Observer = func(e validator.Event) {
			observe(e)
			mu.Lock()
			defer mu.Unlock()
			if e.Committed {
				n++
			}
		}
	})
	return func() int { mu.Lock(); defer mu.Unlock(); return n }, stop
}

// All who have a gradient in a round look at its draw at once, and two transactions are sent; then at whom to slash for
// commitments that were never revealed, and one is.
func TestRivalsDrawAndSlashUnopenedOnce(t *testing.T) {
	v := &rivals{World: roundtest.New(t), t: t}
	creator := v.Player(t, "creator")
	v.id = v.LaunchSealed(t, creator, func(o *round.Options) { o.MinValidatorStake = sol }, func(f *round.FairOptions) { f.Committee = 16 })
	scores := map[solana.PublicKey]uint32{round.BaseModel: 5000}
	for i, name := range []string{"one", "two", "three"} {
		p := v.Player(t, name)
		_, err := p.Rounds.CreateTrainerProfile(t.Context())
		require.NoError(t, err)
		_, err = p.Rounds.SubmitSealed(t.Context(), v.id, []string{"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
			"bafybeifbia7dcktx5bcwycgx2hdguxeiz6kfouckcqql4gbzw23zdqxc5u", "bafybeidsfit635w5ctecrr4ku3kaopqmk4hck266u4vdmsudkr5iocnkfi"}[i])
		require.NoError(t, err)
		v.all, scores[p.Wallet.PublicKey()] = append(v.all, p), uint32(6000+i)
	}
	var judges []roundtest.Player
	for _, name := range []string{"ann", "bea", "cid", "gone"} {
		p := v.Player(t, name)
		_, err := p.Rounds.AddStake(t.Context(), 2*sol)
		require.NoError(t, err)
		judges = append(judges, p)
	}
	v.Until(t, creator, v.id, (*round.Round).SubmissionsClose)
	done, transactions := v.compete(round.StepDraw)
	require.Equal(t, 1, done)
	require.Equal(t, 2, transactions)

	gone := judges[3]
	v.Until(t, creator, v.id, (*round.Round).ScoringStarts)
	for subject := range scores {
		_, err := gone.Rounds.CommitSealed(t.Context(), v.id, subject, 7000)
		require.NoError(t, err)
	}
	v.JudgeSealed(t, v.id, creator, judges[:3], scores)
	v.all = append(v.all, judges[:3]...)
	v.dearReportsDoNotPay(judges[0], creator)
	done, transactions = v.compete(round.StepSlash)
	require.Equal(t, 1, done)
	require.Equal(t, 1, transactions)
	left, err := creator.Rounds.Commitments(t.Context(), v.id)
	require.NoError(t, err)
	require.Len(t, slices.DeleteFunc(left, func(c *round.Commitment) bool { return c.Validator != gone.Wallet.PublicKey() }), 3)
	v.closesItsMark(creator, gone)
}

// dearReportsDoNotPay: where three fees are more than the reporter's part of the stake, a report is left to others, though one
// fee would be less.
func (v *rivals) dearReportsDoNotPay(p, creator roundtest.Player) {
	r, err := creator.Rounds.Round(v.t.Context(), v.id)
	require.NoError(v.t, err)
	share := r.SlashAmount() / 10_000 * uint64(r.ReporterShareBps)
	route := chaintest.InProcess(v.Net.RPC())
	route.PriorityFee, route.ComputeUnits = share/2*1_000_000/400_000, 400_000
	rounds, err := round.NewClient(round.Config{Chain: route.Client(v.t, p.Wallet), Program: v.Net.ProgramID()})
	require.NoError(v.t, err)
	fee := rounds.Chain().MaxFee()
	require.Less(v.t, fee, share)
	require.Greater(v.t, 3*fee, share)
	pay, err := roundwork.NewPayments(rounds, time.Second, roundwork.Bounds{})
	require.NoError(v.t, err)
	slash := round.Step{Kind: round.StepSlash, RoundID: v.id}
	require.NoError(v.t, roundwork.Duties{Rounds: rounds, Pay: pay}.Do(v.t.Context(), new(roundwork.Aftermath), slash, nil), "not even to wait for its turn")
}

// closesItsMark: whoever has slashed over a commitment gets the rent of the mark back once the round is closed, though not
// before, also with a client that never saw the round. One of the two whose rent waits for that closes it.
func (v *rivals) closesItsMark(creator, gone roundtest.Player) {
	t, slashed := v.t, gone.Wallet.PublicKey()
	v.all = append(v.all, gone)
	mark, err := creator.Rounds.Unopened(t.Context(), v.id, slashed)
	require.NoError(t, err)
	reporter := v.all[slices.IndexFunc(v.all, func(p roundtest.Player) bool { return p.Wallet.PublicKey() == mark.Reporter })]
	rounds, err := round.NewClient(round.Config{Chain: reporter.Rounds.Chain()})
	require.NoError(t, err)
	pay, err := roundwork.NewPayments(rounds, time.Second, roundwork.Bounds{})
	require.NoError(t, err)
	duties := roundwork.Duties{Rounds: rounds, Pay: pay}
	closeMarks := func() {
		steps, err := duties.Marks(t.Context())
		require.NoError(t, err)
		require.Equal(t, []round.Step{{Kind: round.StepCloseUnopened, RoundID: v.id, Subject: slashed}}, steps)
		require.True(t, roundwork.IsDuty(steps[0].Kind))
		require.NoError(t, duties.Do(t.Context(), new(roundwork.Aftermath), steps[0], nil))
	}
	closeMarks()
	_, err = rounds.Unopened(t.Context(), v.id, slashed)
	require.NoError(t, err, "the round is not closed yet")

	r, err := creator.Rounds.Round(t.Context(), v.id)
	require.NoError(t, err)
	ends := func() int {
		_, transactions := v.compete(round.StepCloseRound)
		return transactions
	}
	require.Zero(t, ends(), "its claim period is not over")
	v.Net.Warp(r.ClaimsEnd().Add(2 * time.Hour).Sub(v.Net.Now()))
	require.Zero(t, ends(), "its vault is open")
	_, err = creator.Rounds.WithdrawRemainder(t.Context(), v.id)
	require.NoError(t, err)
	rent, had := v.balance(rounds.Addresses().Round(v.id)), v.balance(creator.Wallet.PublicKey())
	require.Equal(t, 1, ends())
	require.Equal(t, had+rent, v.balance(creator.Wallet.PublicKey()), "the rent of the round is its creator's")
	rounds, err = round.NewClient(round.Config{Chain: reporter.Rounds.Chain()}) // after a restart
	require.NoError(t, err)
	duties.Rounds = rounds
	before := v.balance(mark.Reporter)
	closeMarks()
	require.Equal(t, before+round.RentOfUnopened()-5000, v.balance(mark.Reporter))
	_, err = rounds.Unopened(t.Context(), v.id, slashed)
	require.ErrorIs(t, err, chain.ErrNotFound)
	_, err = creator.Rounds.CloseCommitment(t.Context(), v.id, round.BaseModel)
	require.ErrorIs(t, err, chain.ErrAccountNotInitialized, "the creator has none")
}

func (v *rivals) balance(of solana.PublicKey) uint64 {
	lamports, err := v.all[0].Rounds.Chain().Balance(v.t.Context(), of)
	require.NoError(v.t, err)
	return lamports
}

// The trainers of a round are gone before its committee is drawn, and heads of theirs are what everybody can fetch: one of the
// validators draws, halfway through the time for publication, and the round is scored.
func TestValidatorsDrawWhereTrainersAreGone(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 3)
		gone := m.submitSealed("gone", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
		for i := range 3 {
			m.judge(i)
		}
		m.happen(1, "drawn")
		r := m.round()
		require.False(t, m.told("drawn")[0].at.Before(roundwork.DrawLate(r)), "its trainers go first")
		require.True(t, m.told("drawn")[0].at.Before(r.ScoringStarts()))
		m.happen(6, "revealed")
		m.happen(1, "finalized")
		require.Equal(t, []uint32{0, 0, 0}, m.score(gone).Scores)
		require.Len(t, m.told("drawn"), 1)
		var judges []solana.PublicKey
		for _, p := range m.judges {
			judges = append(judges, p.Wallet.PublicKey())
		}
		require.Zero(t, m.failed(judges...), "%v", m.told("failed"))
	})
}
