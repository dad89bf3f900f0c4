package roundwork

import (
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// newPurse is a purse with a file of its own.
func newPurse(t testing.TB, perDay uint64) *Purse {
	return &Purse{PerDay: perDay, Path: filepath.Join(t.TempDir(), "home", "spent.json")}
}

func (p *Purse) mustSpend(t testing.TB, lamports uint64) (settle func(uint64)) {
	t.Helper()
	settle, err := p.Spend(t.Context(), lamports, 0, false)
	require.NoError(t, err)
	return settle
}

func (p *Purse) full(t testing.TB, lamports uint64) {
	t.Helper()
	_, err := p.Spend(t.Context(), lamports, 0, false)
	require.ErrorIs(t, err, ErrSpending)
	require.ErrorIs(t, p.Check(t.Context(), lamports, 0), ErrSpending)
}

func TestPurseCountsWhatWasSpentInADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPurse(t, 50)
		settle := p.mustSpend(t, 30)
		p.full(t, 21)
		settle(0)
		settle(0)
		p.mustSpend(t, 21)
		time.Sleep(time.Hour)
		p.mustSpend(t, 29)(28)
		p.full(t, 2)
		p.mustSpend(t, 1)
		p.full(t, 1)
		time.Sleep(23 * time.Hour)
		p.full(t, 21) // for a minute at most
		time.Sleep(2 * time.Minute)
		p.mustSpend(t, 21)
		p.full(t, 1)
	})
}

func TestPurseOfAProcessThatWasKilled(t *testing.T) {
	p := newPurse(t, 50)
	p.mustSpend(t, 30) // and then it is killed, before it knows what became of the transaction
	again := &Purse{PerDay: 50, Path: p.Path}
	again.full(t, 21)
	again.mustSpend(t, 20)
}

func TestWhatIsOwedIsSpentAndCountsAllTheSame(t *testing.T) {
	p := newPurse(t, 50)
	p.Floor = 100
	_, err := p.Spend(t.Context(), 60, 10, true)
	require.NoError(t, err)
	p.Floor = 0
	p.full(t, 1)
}

func TestPurseKeepsItsFloor(t *testing.T) {
	p := newPurse(t, 0)
	p.Floor = 100
	for _, c := range []struct{ lamports, balance uint64 }{{11, 110}, {1, 99}, {math.MaxUint64, math.MaxUint64}} {
		_, err := p.Spend(t.Context(), c.lamports, c.balance, false)
		require.ErrorIs(t, err, ErrFloor)
		require.ErrorIs(t, p.Check(t.Context(), c.lamports, c.balance), ErrFloor)
	}
	_, err := p.Spend(t.Context(), 10, 110, false)
	require.NoError(t, err)
	require.NoFileExists(t, p.Path, "without a cap nothing is counted")
}

func TestPurseOfManyProcesses(t *testing.T) {
	path := newPurse(t, 0).Path
	var group sync.WaitGroup
	for range 4 {
		p := &Purse{PerDay: 1000, Path: path}
		group.Go(func() {
			for range 10 {
				settle, err := p.Spend(t.Context(), 5, 0, false)
				if err != nil {
					t.Error(err)
					return
				}
				settle(3)
			}
		})
	}
	group.Wait()
	l, err := readLedger(path)
	require.NoError(t, err)
	require.EqualValues(t, 120, l.total())
}

func TestDamagedLedger(t *testing.T) {
	for name, text := range map[string]string{
		"torn": `[{"minute":"2026-11-28T23:`, "empty": "", "not a list": `{}`, "no minute": `[{"lamports":5}]`,
		"negative": `[{"minute":"2026-11-28T23:00:00Z","lamports":-5}]`, "more than there is": `[{"minute":"2026-11-28T23:00:00Z","lamports":18446744073709551616}]`,
		"too long": "[" + string(make([]byte, maxLedger)) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPurse(t, 50)
			require.NoError(t, os.MkdirAll(filepath.Dir(p.Path), 0o700))
			require.NoError(t, os.WriteFile(p.Path, []byte(text), 0o600))
			_, err := p.Spend(t.Context(), 1, 0, false)
			require.ErrorContains(t, err, p.Path)
			require.ErrorContains(t, err, "remove it to count from nothing")
			got, err := os.ReadFile(p.Path)
			require.NoError(t, err)
			require.Equal(t, text, string(got), "it is left as it was")
		})
	}
}

// A clock that was a year ahead must not keep a worker from spending for a year.
func TestLedgerOfTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPurse(t, 50)
		ahead := ledger{}
		ahead.add(time.Now().Add(365*24*time.Hour), 40)
		require.NoError(t, os.MkdirAll(filepath.Dir(p.Path), 0o700))
		require.NoError(t, ahead.write(p.Path))
		p.mustSpend(t, 10)
		p.full(t, 1)
		time.Sleep(window + 2*grain)
		p.mustSpend(t, 50)
	})
}

// FuzzLedger: what is read survives writing, and no sum overflows.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`[{"minute":"2026-11-28T23:00:00Z","lamports":5}]`))
	f.Add([]byte(`[{"minute":"2026-11-28T23:00:59.5+02:00","lamports":18446744073709551615},{"minute":"2026-11-28T21:00:00Z","lamports":1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLedger(text)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "spent.json")
		require.NoError(t, l.write(path))
		again, err := readLedger(path)
		require.NoError(t, err)
		require.Equal(t, l, again)
		for _, lamports := range l {
			require.LessOrEqual(t, lamports, l.total())
		}
	})
}
