package roundwork_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// flights counts the transactions that are on their way at a time.
type flights struct {
	mu        sync.Mutex
	now, most int
}

func (f *flights) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now += n
	f.most = max(f.most, f.now)
}

// since returns the most that there were at a time since it was last asked.
func (f *flights) since() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	most := f.most
	f.most = f.now
	return most
}

// A worker commits to its scores one after the other, and reveals several at a time: all of them have to be revealed within
// half of a sitting.
func TestRevealsDoNotWaitForOneAnother(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 1)
		const heads = 8
		for i := range heads {
			m.submitPackage(fmt.Sprint("trainer ", i), func(string) error { return nil })
		}
		var sent flights
		route := chaintest.InProcess(m.Net.RPC())
		route.ViaNode().Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" {
				sent.add(1)
				defer sent.add(-1)
			}
			return late(c)
		})
		rounds, err := round.NewClient(round.Config{Chain: route.Client(t, m.judges[0].Wallet), Program: m.Net.ProgramID()})
		require.NoError(t, err)
		m.judge(0, func(c *validator.Config) { c.Rounds = rounds })
		m.happen(1, "base")
		m.happen(heads, "gradient")
		require.Equal(t, 1, sent.since())
		m.happen(heads+1, "revealed")
		together := sent.since()
		require.Greater(t, together, 1)
		require.LessOrEqual(t, together, 4)
		require.Zero(t, m.failed(m.judges[0].Wallet.PublicKey()))
	})
}

// Trainers choose their wallets: those of an attacker may all start alike. Their reveals wait for one another no more than
// any others do, since else honest validators would be late with the last ones, and slashed.
func TestNobodyChoosesALane(t *testing.T) {
	const heads = 240
	for at := range 32 {
		full := map[any]int{}
		for i := range heads {
			s := round.Step{Kind: round.StepReveal, RoundID: 7, Subject: round.BaseModel}
			s.Subject[(at+1)%32] = byte(i) // and nothing else differs, as at the place at
			require.Equal(t, roundwork.Group(s), roundwork.Group(s))
			full[roundwork.Group(s)]++
		}
		require.Len(t, full, 4)
		for _, n := range full {
			require.Less(t, n, heads/2) // 60 are expected
		}
	}
}
