package cli

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// A list shows the newest rounds and where the rest is; active ones are found wherever
// they are; and no list looks at more rounds than it says.
func TestListsAmongManyRounds(t *testing.T) {
	const count = 10_150
	net := localnet.New(t)
	cars := t.TempDir()
	creator := apptest.NewCreator(t, net, cars, model)
	creator.Launch(100_000_000, 3, nil)
	apptest.Crowd(t, net, count, func(id int) round.Status {
		if id%2000 == 7 {
			return round.Active
		}
		return round.Cancelled
	})
	p := apptest.Settled(t, App(), net, cars)
	list := func(args ...string) (ids []uint64, said string) {
		t.Helper()
		var views []app.RoundView
		p.JSON(&views, append([]string{"list"}, args...)...)
		for _, v := range views {
			ids = append(ids, v.ID)
		}
		return ids, p.Type("", append([]string{"list"}, args...)...).Err
	}
	ids, said := list()
	require.Len(t, ids, 100)
	require.EqualValues(t, count-1, ids[0])
	require.Contains(t, said, "--before 10050 goes on")
	ids, said = list("--before", "10050", "--limit", "3")
	require.Equal(t, []uint64{10049, 10048, 10047}, ids)
	require.Contains(t, said, "--before 10047 goes on")

	ids, said = list("--status", "active")
	require.Equal(t, []uint64{10007, 8007, 6007, 4007, 2007, 7}, ids)
	require.Empty(t, said)
	ids, said = list("--status", "finalized")
	require.Empty(t, ids)
	require.Contains(t, said, "rounds older than #150 were not looked at: --before 150")
	ids, said = list("--limit", "0", "--before", "150")
	require.Len(t, ids, 150)
	require.Empty(t, said)
	p.Fails(2, "--status", "list", "--status", fmt.Sprint(7))
}
