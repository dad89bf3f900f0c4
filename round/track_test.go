package round_test

import (
	"context"
	"encoding/binary"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// crowd puts rounds on the chain, copies of one that was created, without sending a
// transaction for each. edit changes the account of a round.
func (w *world) crowd(count int, edit func(id int, data []byte)) {
	w.Helper()
	_, template := w.roundAccount()
	addresses := round.Addresses{Program: round.LocalProgram}
	for id := range count {
		data := slices.Clone(template.Data)
		binary.LittleEndian.PutUint64(data[8:], uint64(id))
		edit(id, data)
		require.NoError(w, w.net.SetAccount(addresses.Round(uint64(id)), localnet.Account{Lamports: template.Lamports, Owner: template.Owner, Data: data}))
	}
	w.countRounds(count)
}

// countRounds sets how many rounds there are.
func (w *world) countRounds(count int) {
	address := round.Addresses{Program: round.LocalProgram}.Counter()
	counter, ok := w.net.Account(address)
	require.True(w, ok)
	counter.Data = slices.Clone(counter.Data)
	binary.LittleEndian.PutUint64(counter.Data[8:], uint64(count))
	require.NoError(w, w.net.SetAccount(address, counter))
}

func setReward(data []byte, lamports uint64) { binary.LittleEndian.PutUint64(data[114:], lamports) }

const (
	atDataset = 113
	atStatus  = 132
)

// paying selects what a worker with data set 2 takes: not the dust that anybody may
// create.
var paying = round.Track{Filter: round.Filter{Dataset: []round.Dataset{2}, MinReward: sol / 2}}

// tenThousand puts 10,000 rounds on the chain, of which 1,000 are active: 600 about
// another data set, 370 of dust, 30 to be followed.
func (w *world) tenThousand() {
	w.crowd(10_000, func(id int, data []byte) {
		data[atDataset], data[atStatus] = 2, 1
		if id%10 != 7 {
			return
		}
		switch n := id / 10; {
		case n < 600:
			data[atDataset], data[atStatus] = 1, 0
		case n < 970:
			data[atStatus] = 0
			setReward(data, 1)
		default:
			data[atStatus] = 0
		}
	})
}

// look looks, and returns what that cost.
func look(t *testing.T, n *chaintest.Node, tracker *round.Tracker) (l round.Look, calls, bytes int) {
	t.Helper()
	n.Traffic()
	l, err := tracker.Look(t.Context())
	require.NoError(t, err)
	calls, bytes = n.Traffic()
	return l, calls, bytes
}

func TestLooksAmongTenThousandRoundsCostAHandfulOfCalls(t *testing.T) {
	w, n := viaNode(t)
	w.tenThousand()
	reader := w.client(nil)
	tracker := reader.Track(paying)

	first, calls, bytes := look(t, n, tracker)
	require.Len(t, first.Rounds, 30)
	require.False(t, first.Partial)
	require.EqualValues(t, 10_000, first.Count)
	require.WithinDuration(t, w.now(), first.Now, time.Minute)
	require.LessOrEqual(t, calls, 4, "count and time, the scan, the newest by id, the 30")
	require.Less(t, bytes, 500_000)
	all, err := reader.Rounds(t.Context(), round.Filter{Status: []round.Status{round.Active}, Dataset: []round.Dataset{2}, MinReward: sol / 2})
	require.NoError(t, err)
	require.Equal(t, all, first.Rounds)

	again, calls, bytes := look(t, n, tracker)
	require.Equal(t, first.Rounds, again.Rounds)
	require.Equal(t, 2, calls)
	require.Less(t, bytes, 20_000)
}

// Dust of others costs its price once, whatever happens in it.
func TestRefusedRoundsAreNotAskedAboutAgain(t *testing.T) {
	w, n := viaNode(t)
	w.crowd(30, func(_ int, data []byte) { data[atDataset], data[142] = 2, 7; setReward(data, 1) })
	tracker := w.client(nil).Track(paying)
	_, calls, _ := look(t, n, tracker)
	require.Equal(t, 2, calls)
	for range 3 {
		l, calls, bytes := look(t, n, tracker)
		require.Empty(t, l.Rounds)
		require.Equal(t, 1, calls, "count and time")
		require.Less(t, bytes, 2000)
	}
}

// Whether the scan is too large for the client or not to the node's taste: the rounds
// are found by their ids, the newest first.
func TestLooksGoOnWithoutAScan(t *testing.T) {
	for name, fault := range map[string]func(*world, *chaintest.Node){
		"too large": func(w *world, _ *chaintest.Node) { w.route.MaxResponse = 200_000 },
		"refused": func(_ *world, n *chaintest.Node) {
			n.Inject(func(c chaintest.Call) (*http.Response, error) {
				if c.Method == "getProgramAccounts" {
					return c.Fail(-32010, `"excluded from account secondary indexes"`)
				}
				return nil, nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, n := viaNode(t)
			w.tenThousand()
			fault(w, n)
			tracker := w.client(nil).Track(round.Track{Filter: round.Filter{Dataset: []round.Dataset{1, 2}, MinReward: sol / 2}, MaxPages: 25})
			var found []int
			for range 6 {
				l, calls, _ := look(t, n, tracker)
				require.LessOrEqual(t, calls, 25+9)
				found = append(found, len(l.Rounds))
				if !l.Partial {
					break
				}
			}
			require.Equal(t, []int{30, 130, 380, 630}, found, "as the pages of the ids go down")
		})
	}
}

// The bound keeps the best paid rounds. Once there is room again, the others are
// found.
func TestMoreRoundsThanMayBeFollowed(t *testing.T) {
	w, n := viaNode(t)
	w.crowd(300, func(id int, data []byte) { setReward(data, uint64(1000+id)) })
	tracker := w.client(nil).Track(round.Track{MaxRounds: 10})
	l, _, _ := look(t, n, tracker)
	require.True(t, l.Partial)
	require.Len(t, l.Rounds, 10)
	require.EqualValues(t, 290, l.Rounds[0].ID)

	for id := 290; id < 300; id++ {
		w.edit(uint64(id), atStatus, 1)
	}
	l, _, _ = look(t, n, tracker)
	require.Empty(t, l.Rounds)
	l, _, _ = look(t, n, tracker)
	require.Len(t, l.Rounds, 10)
	require.EqualValues(t, 280, l.Rounds[0].ID)
}

// edit changes a byte of a round's account.
func (w *world) edit(id uint64, at int, value byte) {
	address := round.Addresses{Program: round.LocalProgram}.Round(id)
	account, ok := w.net.Account(address)
	require.True(w, ok)
	account.Data = slices.Clone(account.Data)
	account.Data[at] = value
	require.NoError(w, w.net.SetAccount(address, account))
}

// Whatever happens in rounds, a tracker shows what a query for all of them shows, and
// asks for gradients only after they have changed.
func TestLooksShowWhatQueriesShow(t *testing.T) {
	w, n := viaNode(t)
	ctx := t.Context()
	creator, validator, trainer := w.actor(), w.actor(), w.trainer()
	tracker := w.client(nil).Track(round.Track{})
	same := func(gradientQueries int) {
		t.Helper()
		l, _, _ := look(t, n, tracker)
		want, err := validator.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
		require.NoError(t, err)
		require.Equal(t, want, l.Rounds)
		n.Traffic()
		for _, r := range l.Rounds {
			got, err := tracker.Gradients(ctx, r)
			require.NoError(t, err)
			calls, _ := n.Traffic()
			gradientQueries -= calls
			want, err := validator.Gradients(ctx, r.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
			n.Traffic()
		}
		require.Zero(t, gradientQueries)
	}
	same(0)
	for range 3 {
		_, _, err := creator.CreateRound(ctx, aRound)
		require.NoError(t, err)
	}
	same(0)
	options, err := creator.Parameters(ctx)
	require.NoError(t, err)
	o := options.Options(w.now())
	o.MinPostvalidations = 5
	w.ok(creator.ConfigureRound(ctx, 1, o))
	same(0)
	w.ok(validator.Prevalidate(ctx, 0, 5000))
	same(0)
	w.ok(trainer.SubmitGradient(ctx, 0, gradientCID(1)))
	same(1)
	same(0)
	w.ok(validator.Postvalidate(ctx, 0, trainer.Wallet(), 6000))
	same(1)
	w.ok(creator.CancelRound(ctx, 2))
	w.ok(creator.FinalizeRound(ctx, 0))
	same(0)
	w.countRounds(0) // another chain behind the same address
	l, _, _ := look(t, n, tracker)
	require.Empty(t, l.Rounds)
}

// While the websocket reports changes, a look asks for nothing else than the number
// of rounds, and sees them all the same.
func TestLooksBesideAWebsocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		creator, validator := w.actor(), w.actor()
		for range 2 {
			_, _, err := creator.CreateRound(t.Context(), aRound)
			require.NoError(t, err)
		}
		tracker := w.client(nil).Track(round.Track{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		hints := 0
		go func() { defer close(done); tracker.Run(ctx, func() { hints++ }) }()
		synctest.Wait()
		require.Equal(t, 1, hints)
		_, calls, _ := look(t, n, tracker)
		require.Equal(t, 3, calls, "count, ids, states")
		_, calls, _ = look(t, n, tracker)
		require.Equal(t, 2, calls, "count, states: nothing was reported yet")

		w.ok(validator.Prevalidate(t.Context(), 1, 5000))
		w.notify(s, 1)
		synctest.Wait()
		require.Equal(t, 2, hints)
		l, calls, _ := look(t, n, tracker)
		require.Equal(t, 2, calls, "states, for the last time")
		require.EqualValues(t, 1, l.Rounds[1].Prevalidations)
		_, calls, _ = look(t, n, tracker)
		require.Equal(t, 1, calls)

		w.ok(validator.Prevalidate(t.Context(), 0, 5000)) // never reported
		l, _, _ = look(t, n, tracker)
		require.Zero(t, l.Rounds[0].Prevalidations)
		time.Sleep(30 * time.Second)
		l, calls, _ = look(t, n, tracker)
		require.Equal(t, 3, calls, "count, states, the one that changed")
		require.EqualValues(t, 1, l.Rounds[0].Prevalidations)
		w.ok(w.actor().Prevalidate(t.Context(), 0, 5000)) // nor this one
		l, _, _ = look(t, n, tracker)
		require.EqualValues(t, 2, l.Rounds[0].Prevalidations, "it was silent before, so it is not relied on")
		w.notify(s, 0)
		synctest.Wait()
		look(t, n, tracker)
		_, calls, _ = look(t, n, tracker)
		require.Equal(t, 1, calls, "it reports again")

		w.ok(w.actor().Prevalidate(t.Context(), 1, 5000))
		address := round.Addresses{Program: round.LocalProgram}.Round(1)
		account, _ := w.net.Account(address)
		s.Account(address, round.LocalProgram, account.Data, 1)
		synctest.Wait()
		l, _, _ = look(t, n, tracker)
		require.EqualValues(t, 2, l.Rounds[1].Prevalidations, "a websocket that names a slot of long ago")
		w.ok(w.actor().Prevalidate(t.Context(), 0, 5000))
		s.Drop()
		synctest.Wait()
		l, _, _ = look(t, n, tracker)
		require.EqualValues(t, 3, l.Rounds[0].Prevalidations, "what was missed while it was down")
		cancel()
		<-done
	})
}

// A node that lags behind the one that counted the rounds does not hide one for good.
func TestNewRoundThatOneNodeDoesNotKnowYet(t *testing.T) {
	w, n := viaNode(t)
	_, _, err := w.actor().CreateRound(t.Context(), aRound)
	require.NoError(t, err)
	tracker := w.client(nil).Track(round.Track{})
	n.Inject(func(c chaintest.Call) (*http.Response, error) {
		if keys, _ := c.Params[0].([]any); c.Method == "getMultipleAccounts" && len(keys) == 1 {
			return c.Result(`{"context":{"slot":1},"value":[null]}`)
		}
		return nil, nil
	})
	l, _, _ := look(t, n, tracker)
	require.Empty(t, l.Rounds)
	n.Inject(nil)
	l, _, _ = look(t, n, tracker)
	require.Len(t, l.Rounds, 1)
}

// A list of rounds that is too large for one answer is read in pages.
func TestRoundsBeyondOneAnswer(t *testing.T) {
	w, n := viaNode(t)
	w.route.MaxResponse = 200_000
	w.crowd(350, func(id int, data []byte) { data[atDataset] = byte(id % 2) })
	reader := w.client(nil)
	n.Traffic()
	found, err := reader.Rounds(t.Context(), round.Filter{Dataset: []round.Dataset{1}})
	require.NoError(t, err)
	require.Len(t, found, 175)
	require.Equal(t, 4, n.Count("getMultipleAccounts"))

	newest, err := reader.RoundRange(t.Context(), 340, 1<<63)
	require.NoError(t, err)
	require.Len(t, newest, 10)
	require.EqualValues(t, 340, newest[0].ID)
}
