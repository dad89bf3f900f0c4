package fairplay

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/dataset"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// committed is the table of FAIRPLAY.md.
func committed(t *testing.T) Table {
	text, err := os.ReadFile("../../FAIRPLAY.md")
	require.NoError(t, err)
	table, err := ParseTable(string(text))
	require.NoError(t, err)
	for _, task := range Tasks() {
		for _, c := range Cases(task) {
			require.Contains(t, table.Cells, c, "go run ./internal/fairplay/table writes it")
		}
	}
	return table
}

// least is in how many of the seeds an honest one earns at least as much as an attacker in a fair round.
const least = 0.95

// In fair rounds honest work earns most, unless the attacker comes first or is excused; and no excuse is given where none is
// needed.
func TestHonestWorkEarnsMost(t *testing.T) {
	table, needed := committed(t), map[string]bool{}
	for _, task := range Tasks() {
		require.GreaterOrEqual(t, table.Seeds[task.ID.String()], 200, "fewer seeds say little of one in twenty: make fairplay")
		for _, c := range Cases(task) {
			a, err := AttackOf(c.Attack)
			require.NoError(t, err)
			if c.Mode == Open || c.First {
				continue
			}
			if a.Excused(c.Mode) == None {
				require.GreaterOrEqual(t, table.Cells[c].Share, least, "%+v", c)
			}
			needed[c.Attack] = needed[c.Attack] || table.Cells[c].Share < least
		}
	}
	for _, a := range Attacks() {
		if a.Excuse != None {
			require.True(t, needed[a.Name], "%s earns less than honest trainers everywhere", a.Name)
		}
	}
}

// A few seeds of all data sets together give what the table says, within what chance allows.
func TestFewSeedsAgreeWithTheTable(t *testing.T) {
	table := committed(t)
	found, expected := map[Case]Tally{}, map[Case]float64{}
	for _, task := range Tasks() {
		if raceEnabled && task.ID != dataset.Iris {
			continue // twenty times slower, and nothing else runs at the same time
		}
		tallies, err := Run(t.Context(), task, Cases(task), 1, 2, 2)
		require.NoError(t, err)
		require.Len(t, tallies, len(Cases(task)))
		for c, got := range tallies {
			share := table.Cells[c].Share
			c.Task = ""
			expected[c] += share * float64(got.Seeds)
			got.Seeds, got.Wins = got.Seeds+found[c].Seeds, got.Wins+found[c].Wins
			found[c] = got
		}
	}
	for c, got := range found {
		share := expected[c] / float64(got.Seeds)
		require.True(t, plausible(share, total(table), got), "%+v: an honest one earned most in %d of %d seeds; FAIRPLAY.md says %.1f %%", c, got.Wins, got.Seeds, 100*share)
	}
}

// plausible reports whether so many wins can come of a share that was found in so many seeds: whether the
// chance of as few, or as many, is over one in a million for some share within four deviations (Wilson) of that one.
func plausible(share, n float64, got Tally) bool {
	const z = 4
	middle, spread := (share+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	low, high := max(0, middle-spread), min(1, middle+spread)
	asFew, asMany := 0.0, 0.0
	for k := range got.Seeds + 1 {
		if k <= got.Wins {
			asFew += binomial(k, got.Seeds, low)
		}
		if k >= got.Wins {
			asMany += binomial(k, got.Seeds, high)
		}
	}
	return asFew > 1e-6 && asMany > 1e-6
}

// total is how many seeds a table has of all data sets.
func total(table Table) (n float64) {
	for _, seeds := range table.Seeds {
		n += float64(seeds)
	}
	return n
}

func binomial(k, n int, p float64) float64 {
	ways := 1.0
	for i := range k {
		ways *= float64(n-i) / float64(i+1)
	}
	return ways * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
}

func TestPlausible(t *testing.T) {
	require.True(t, plausible(1, 800, Tally{Seeds: 3, Wins: 3}))
	require.True(t, plausible(0.5, 800, Tally{Seeds: 3, Wins: 0}))
	require.True(t, plausible(0.95, 800, Tally{Seeds: 10, Wins: 6}))
	require.False(t, plausible(1, 800, Tally{Seeds: 10, Wins: 5}))
	require.False(t, plausible(0, 800, Tally{Seeds: 10, Wins: 5}))
}

// What is written is read back, to what is shown of it.
func TestTableSurvives(t *testing.T) {
	table := NewTable()
	table.Seeds["Iris"] = 201
	for i, c := range Cases(Tasks()[1]) {
		table.Cells[c] = Cell{float64(i%201) / 200, float64(i-50) / 4}
	}
	c := Cases(Tasks()[1])[3]
	table.Cells[c] = Cell{0, math.Inf(1)}
	text := table.Markdown()
	read, err := ParseTable("text | before\n" + text)
	require.NoError(t, err)
	require.Len(t, read.Cells, len(table.Cells))
	require.Equal(t, text, read.Markdown())
	require.Equal(t, table.Cells[c], read.Cells[c])
	require.Equal(t, 201, read.Seeds["Iris"])
	_, err = ParseTable("| NaN | trainer | fair | 100 % | — | — | — | why |")
	require.Error(t, err)
}
