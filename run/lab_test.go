package run_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const packageCID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"

// lab is a chain with the program's real bytes, an authority and members.
type lab struct {
	net         *localnet.Network
	*run.Client // the authority's
	r           *run.Run
	members     []*run.Client
}

func (l *lab) client(t testing.TB) *run.Client {
	t.Helper()
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, l.net.Fund(key.PublicKey(), 100*chain.LamportsPerSOL))
	return l.clientOf(t, key)
}

func (l *lab) clientOf(t testing.TB, key *chain.Keypair) *run.Client {
	t.Helper()
	onChain, err := chain.NewClient(chain.Config{RPC: l.net.RPC(), Signer: key, PollInterval: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { onChain.Close() })
	c, err := run.NewClient(run.Config{Chain: onChain, Program: run.LocalProgram})
	require.NoError(t, err)
	return c
}

func settings() run.Settings {
	return run.Settings{
		WarmupTime: 10 * time.Second, CooldownTime: 5 * time.Second, RoundsPerEpoch: 2, MaxRoundTrainTime: 60 * time.Second,
		RoundWitnessTime: 20 * time.Second, MinClients: 2, InitMinClients: 3, WitnessNodes: 0, GlobalBatchSizeStart: 30, GlobalBatchSizeEnd: 60,
		GlobalBatchSizeWarmupTokens: 300, TotalSteps: 100, WaitingForMembersExtraTime: 3 * time.Second, MaxMissed: 2,
		PruneAfter: time.Hour, RunTime: 240 * time.Hour,
	}
}

// newLab has a run with a configuration, resumed, and n members that joined.
func newLab(t testing.TB, n int, spec run.Spec, change func(*run.UpdateConfig)) *lab {
	t.Helper()
	l := &lab{net: localnet.New(t, localnet.InProcess())}
	l.Client = l.client(t)
	spec.ID = "lab"
	var err error
	l.r, _, err = l.CreateRun(t.Context(), spec)
	require.NoError(t, err)
	u := run.UpdateConfig{Settings: settings(), Digest: run.Digest{1}, PackageCID: packageCID, ClientVersion: "test"}
	if change != nil {
		change(&u)
	}
	_, err = l.UpdateConfig(t.Context(), l.r, u)
	require.NoError(t, err)
	_, err = l.UpdateModel(t.Context(), l.r, run.Digest{7})
	require.NoError(t, err)
	_, err = l.AllowJoin(t.Context(), run.Anybody)
	require.NoError(t, err)
	if spec.Treasury == run.SOL {
		_, err = l.TopUp(t.Context(), l.r, 10*chain.LamportsPerSOL, solana.PublicKey{})
		require.NoError(t, err)
	}
	_, err = l.SetPaused(t.Context(), l.r, false)
	require.NoError(t, err)
	for range n {
		l.members = append(l.members, l.client(t))
	}
	l.joinAll(t, u.Settings.MinStake)
	return l
}

func (l *lab) joinAll(t testing.TB, stake uint64) {
	t.Helper()
	for _, m := range l.members {
		_, err := m.Join(t.Context(), l.view(t).Run, stake, [32]byte{1})
		require.NoError(t, err)
	}
}

func (l *lab) view(t testing.TB) *run.View {
	t.Helper()
	v, err := l.Refresh(t.Context(), l.r)
	require.NoError(t, err)
	return v
}

// tick sends a tick that is due.
func (l *lab) tick(t testing.TB) *run.View {
	t.Helper()
	before := l.view(t)
	require.True(t, before.TickDue(), "%s %d", before.Run.State, before.Run.Phase)
	_, err := l.Tick(t.Context(), l.r)
	require.NoError(t, err)
	after := l.view(t)
	require.NotEqual(t, *before.Run, *after.Run, "the tick changed something")
	return after
}

// begin goes to the first round, with its verifiers drawn.
func (l *lab) begin(t testing.TB) *run.View {
	t.Helper()
	l.net.Warp(3 * time.Second)
	require.Equal(t, run.Warmup, l.tick(t).Run.State)
	for _, m := range l.members {
		_, err := m.Ready(t.Context(), l.r)
		require.NoError(t, err)
	}
	require.Equal(t, run.RoundTrain, l.tick(t).Run.State)
	return l.draw(t)
}

func (l *lab) draw(t testing.TB) *run.View {
	t.Helper()
	l.net.WarpSlots(10)
	v := l.tick(t)
	require.Equal(t, run.Training, v.Run.Phase)
	return v
}

// submit has every proposer submit, and goes on to the witnesses.
func (l *lab) submit(t testing.TB, v *run.View) *run.View {
	t.Helper()
	for i, m := range l.members {
		if role := v.Role(v.Roster.Find(m.Wallet())); role == run.Trainer || role == run.Both {
			_, err := m.Submit(t.Context(), v.Run, run.Digest{9, byte(i)})
			require.NoError(t, err)
		}
	}
	return l.tick(t)
}

// verify has every verifier say the same, and ends the round.
func (l *lab) verify(t testing.TB, b run.Ballot) *run.View {
	t.Helper()
	each := func(do func(m *run.Client, v *run.View) error) *run.View {
		v := l.view(t)
		for _, m := range l.members {
			if v.Verifier(v.Roster.Find(m.Wallet())) != nil {
				require.NoError(t, do(m, v))
			}
		}
		return l.tick(t)
	}
	each(func(m *run.Client, v *run.View) error {
		_, err := m.Seen(t.Context(), v.Run, v.Ballots.Submitted)
		return err
	})
	v := l.view(t)
	require.Equal(t, v.Ballots.Submitted, v.Ballots.Accepted)
	if b.Included == (run.Slots{}) {
		b.Included = v.Ballots.Accepted
	}
	each(func(m *run.Client, v *run.View) error {
		_, err := m.Commit(t.Context(), v.Run, b, [32]byte{3})
		return err
	})
	return each(func(m *run.Client, v *run.View) error {
		_, err := m.Reveal(t.Context(), v.Run, b, [32]byte{3})
		return err
	})
}
