package run_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/run"
)

// pastEvents reads the events of a run, the newest transaction first.
func pastEvents(t *testing.T, c *run.Client, id string, h chain.History) (events []run.Event, newest solana.Signature) {
	t.Helper()
	for r, err := range c.Events(t.Context(), id, h) {
		require.NoError(t, err)
		require.NotEmpty(t, r.Events)
		events = append(events, r.Events...)
		if newest.IsZero() {
			newest = r.Signature
		}
	}
	return events, newest
}

func TestEventsOfThePast(t *testing.T) {
	l := newLab(t, 2, run.Spec{Treasury: run.SOL}, nil)
	all, newest := pastEvents(t, l.Client, "lab", chain.History{PageSize: 2})
	require.Len(t, all, 8)
	for i, wallet := range []solana.PublicKey{l.members[1].Wallet(), l.members[0].Wallet()} {
		joined, ok := all[i].(run.MemberJoined)
		require.True(t, ok, "%T", all[i])
		require.Equal(t, wallet, joined.Wallet)
	}
	require.IsType(t, run.StateChanged{}, all[2])
	require.IsType(t, run.PauseChanged{}, all[3], "in the same transaction, so in their order")
	require.IsType(t, run.ToppedUp{}, all[4])
	require.IsType(t, run.RunCreated{}, all[7])

	// A transaction that names two runs: to each its own.
	other, _, err := l.CreateRun(t.Context(), run.Spec{ID: "other", Treasury: run.SOL})
	require.NoError(t, err)
	both, err := l.Send(t.Context(),
		run.TopUp{Run: l.r, Payer: l.Wallet(), Amount: 5},
		run.TopUp{Run: other, Payer: l.Wallet(), Amount: 7})
	require.NoError(t, err)
	require.Len(t, both.Events, 2)
	for id, amount := range map[string]uint64{"lab": 5, "other": 7} {
		for r, err := range l.Events(t.Context(), id, chain.History{}) {
			require.NoError(t, err)
			require.Equal(t, both.Signature, r.Signature)
			require.Len(t, r.Events, 1)
			require.Equal(t, amount, r.Events[0].(run.ToppedUp).Amount)
			break
		}
	}
	since, _ := pastEvents(t, l.Client, "lab", chain.History{Since: newest})
	require.Len(t, since, 1)
	none, _ := pastEvents(t, l.Client, "nobodys", chain.History{})
	require.Empty(t, none)
}

// A run's events are those with its address in Run, which must keep that name.
func TestEventsNameTheirRun(t *testing.T) {
	for _, e := range []run.Event{run.RunCreated{}, run.MemberJoined{}, run.VoteRevealed{}, run.RunClosed{}, run.PointsClaimed{}} {
		f, ok := reflect.TypeOf(e).FieldByName("Run")
		require.True(t, ok, "%T", e)
		require.Equal(t, reflect.TypeFor[solana.PublicKey](), f.Type, "%T", e)
	}
}

func TestEventsThatCannotBeRead(t *testing.T) {
	l := newLab(t, 0, run.Spec{}, nil)
	for r, err := range l.Events(t.Context(), "No Such Id", chain.History{}) {
		require.ErrorIs(t, err, run.ErrArgument)
		require.Zero(t, r)
	}

	// A node that has lost the record of one: it comes with its signature, and the rest follows.
	route := chaintest.InProcess(l.net.RPC())
	n := route.ViaNode()
	c, err := run.NewClient(run.Config{Chain: route.Client(t, nil), Program: run.LocalProgram})
	require.NoError(t, err)
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getTransaction" && c.Number == 2 {
			return c.Result("null")
		}
		return nil, nil
	})
	lost, found := 0, 0
	for r, err := range c.Events(t.Context(), "lab", chain.History{}) {
		require.False(t, r.Signature.IsZero())
		if err != nil {
			require.ErrorIs(t, err, chain.ErrNotFound)
			require.Empty(t, r.Events)
			lost++
			continue
		}
		found++
	}
	require.Equal(t, 1, lost)
	require.Equal(t, 3, found)
}
