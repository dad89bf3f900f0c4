package decimal

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireSame compares with strconv and with the grammar of encoding/json.
func requireSame(t *testing.T, text []byte) {
	t.Helper()
	v, n := Parse(text)
	if !json.Valid(text) || len(text) == 0 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		require.Less(t, n, len(text)+1)
		require.False(t, n == len(text) && n > 0, "%q is no number", text)
		return
	}
	number := text[:len(text)-trailing(text)]
	require.Equal(t, len(number), n, "%q", text)
	if want, _ := strconv.ParseFloat(string(number), 32); math.Float32bits(float32(want)) != math.Float32bits(v) {
		require.Failf(t, "another number", "%q: %v, want %v", text, v, want)
	}
}

// trailing counts the spaces at the end.
func trailing(text []byte) (n int) {
	for n < len(text) && text[len(text)-1-n] <= ' ' {
		n++
	}
	return n
}

var cases = []string{
	"0", "-0", "1", "-1.5", "007", "01", "-", "", "+1", ".5", "5.", "1e", "1e+", "1E5", "1e-5", "-1.25e+2", "1.e5", "0x10", "1_0", "inf", "nan", "NaN",
	"3.4028235e38", "3.4028236e38", "3.5e38", "-1e39", "1e400", "-1e-400", "1e99999999999999999999", "0e99999999999999999999", "0.0", "1.4e-45", "7e-46",
	"1.17549435e-38", "1.1754942e-38", // the smallest normal float32, and the largest below
	"16777217", "16777219", "16777217.0000000001", "33554434.9999999999", "33554435", "33554437", // in the middle between two float32
	"1.00000005960464477539062", "1.000000059604644775390625", "1.00000005960464477539063", // likewise, with more digits than fit
	"9007199254740993", "18446744073709551615", "18446744073709551616", "99999999999999999999999", "0.00000000000000000000000000001", "123456789012345678901e-20", "1 ",
}

func TestParse(t *testing.T) {
	for _, text := range cases {
		requireSame(t, []byte(text))
	}
	for text, want := range map[string]int{"12,3": 2, "1.5]": 3, "2e3x": 3, "-7 ": 2, "x": 0, "1.x": 0} {
		_, n := Parse([]byte(text))
		require.Equal(t, want, n, text)
	}
}

// Numbers near the middle between two float32, where rounding twice goes wrong.
func TestParseNearTheMiddle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 4_000 {
		v := math.Float32frombits(rng.Uint32() &^ (1 << 31))
		next := math.Nextafter32(v, math.MaxFloat32)
		if v-v != 0 || next-next != 0 {
			continue
		}
		middle := (float64(v) + float64(next)) / 2
		for _, precision := range []int{-1, 8, 9, 12, 17, 25} {
			requireSame(t, strconv.AppendFloat(nil, middle, 'g', precision, 64))
			requireSame(t, strconv.AppendFloat(nil, float64(v), 'f', min(precision, 12), 64))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range cases {
		f.Add([]byte(text))
	}
	f.Fuzz(requireSame)
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{"255", "-1.23457", "0.12345678901234567"} {
		b.Run(text, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Parse([]byte(text))
			}
		})
	}
}
