//go:build linux

package measure

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	results := []Result{{Row: "pack", Way: "ours", Samples: []Sample{
		{Took: time.Second, CPU: 3 * time.Second, Peak: 30e6}, {Took: 4 * time.Second, CPU: time.Second, Peak: 20e6}, {Took: 2 * time.Second, CPU: 2 * time.Second, Peak: 10e6},
	}}}
	require.Equal(t, 2*time.Second, results[0].Median())
	require.Contains(t, Table(100, results), "| pack | ours | 50 | 25 to 100 | 2.00 | 20 |\n")
}

// Processor time and memory are those of the command alone, not of its inputs.
func TestRun(t *testing.T) {
	out, s := Run(t, exec.Command("sh", "-c", "wc -c; sleep 0.1"), exec.Command("head", "-c", "5000000", "/dev/zero"))
	require.Equal(t, "5000000", out)
	require.GreaterOrEqual(t, s.Took, 100*time.Millisecond)
	require.Less(t, s.CPU, s.Took)
	require.Positive(t, s.Peak)
	_, err := CPU(os.Getpid())
	require.NoError(t, err)
}

func TestInterleave(t *testing.T) {
	var order string
	way := func(name string) Way {
		return Way{Name: name, Do: func(t *testing.T, dir string) Sample {
			order += name
			require.NoError(t, os.WriteFile(dir+"/x", []byte(name), 0o444))
			return Sample{Took: time.Duration(len(order))}
		}}
	}
	results := Interleave(t, 2, []Row{{Name: "r", Ways: []Way{way("a"), way("b")}}, {Name: "s", Ways: []Way{way("c")}}})
	require.Equal(t, "ababab"+"ccc", order)
	require.Equal(t, []Sample{{Took: 4}, {Took: 6}}, results[1].Samples, "the warm-up run is not counted")
}
