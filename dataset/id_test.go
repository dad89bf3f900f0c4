package dataset

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTableMatchesItsSource(t *testing.T) {
	src, err := os.ReadFile("datasets.tsv")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(src)) {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), "\t")
		id, err := Parse(f[1])
		require.NoError(t, err)
		require.Equal(t, ID(n), id, f[1])
		info := id.Info()
		require.Equal(t, f[1], info.Name)
		if f[2] == "-" {
			require.Nil(t, info.Shape)
		} else {
			require.Equal(t, f[2], strings.Join(strings.Fields(strings.Trim(fmt.Sprint(info.Shape), "[]")), "x"))
			require.Equal(t, f[3], strconv.Itoa(info.Classes))
			require.Equal(t, f[4], info.Modality)
		}
		n++
	}
	require.Len(t, IDs(), n)
	require.Equal(t, []int{1, 28, 28}, Mnist.Info().Shape)
}

// What is agreed fits the set: a name for each class, a mean and a deviation for
// each channel.
func TestAgreements(t *testing.T) {
	for id := range agreements {
		info := id.Info()
		require.Len(t, info.ClassNames, info.Classes, info.Name)
		_, err := NewClassList(info.ClassNames)
		require.NoError(t, err, info.Name)
		require.Len(t, info.Std, len(info.Mean), info.Name)
		if info.Mean != nil {
			require.Len(t, info.Mean, info.Shape[0], info.Name)
		}
		require.Equal(t, info.Mean != nil, agreements[id].from != "", "%s: where the mean is published", info.Name)
	}
}

// Means and deviations of all data that this module has, against what is agreed
// on, or what scikit-learn says of its iris table (iris.rst, two places).
func TestNormalization(t *testing.T) {
	published := map[ID]struct {
		mean, std []float32
		within    float64
	}{
		Iris: {[]float32{5.84, 3.05, 3.76, 1.20}, []float32{0.83, 0.43, 1.76, 0.76}, 0.0101}, // 3.057 is cut off
	}
	computed := 0
	for id := range builtin {
		sets, err := Builtin(id)
		require.NoError(t, err)
		mean, std, err := MeanStd(together{sets.Train, sets.Test})
		require.NoError(t, err)
		want, ok := published[id]
		if info := id.Info(); info.Mean != nil {
			want.mean, want.std, want.within, ok = info.Mean, info.Std, 0.005, true // 3,000 of its 60,000 digits
		}
		if !ok {
			continue // nobody publishes those of wine and breast cancer in this form
		}
		computed++
		for c := range want.mean {
			require.InDelta(t, want.mean[c], mean[c], want.within, "%v", id)
			require.InDelta(t, want.std[c], std[c], want.within, "%v", id)
		}
	}
	require.Equal(t, 2, computed)
}

// together is both parts of a set.
type together [2]Described

func (p together) Len() int     { return p[0].Len() + p[1].Len() }
func (p together) Shape() []int { return p[0].Shape() }
func (p together) Classes() int { return p[0].Classes() }

func (p together) Sample(i int, dst []float32) (int, error) {
	if n := p[0].Len(); i >= n {
		return p[1].Sample(i-n, dst)
	}
	return p[0].Sample(i, dst)
}

func TestParse(t *testing.T) {
	for name, want := range map[string]ID{
		"Cifar10": Cifar10, "cifar10": Cifar10, " FASHIONMNIST\n": FashionMnist,
		"200": 200, " 2 ": Mnist, "Dataset(200)": 200, "dataset(2)": Mnist,
	} {
		id, err := Parse(name)
		require.NoError(t, err, name)
		require.Equal(t, want, id)
	}
	for _, name := range []string{"", "cifar", "Dataset(256)", "Dataset(-1)", "Dataset(1", "1)", "256", "-1", "+1", "0x1", strings.Repeat("a", 1<<20)} {
		_, err := Parse(name)
		require.ErrorIs(t, err, ErrUnknown)
		require.Less(t, len(err.Error()), 200)
	}
}

func TestIDTextRoundTrip(t *testing.T) {
	for i := range 256 {
		text, err := ID(i).MarshalText()
		require.NoError(t, err)
		var back ID
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, ID(i), back)
		require.Equal(t, ID(i), ID(i).Info().ID)
	}
	require.Equal(t, "Dataset(200)", ID(200).String())
}
