package chain_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
)

func ExampleParseSOL() {
	lamports, err := chain.ParseSOL("0.5")
	fmt.Println(lamports, err)
	_, err = chain.ParseSOL("0.0000000001")
	fmt.Println(err)
	// Output:
	// 500000000 <nil>
	// an amount of SOL has at most 9 decimals: 0.000000001 is one lamport
}

func ExampleFormatSOL() {
	fmt.Println(chain.FormatSOL(1_250_000_000), chain.FormatSOL(5000))
	// Output: 1.25 0.000005
}

func TestParseSOLIsExact(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "0.0": 0, "0.00000000000": 0, "0e1000": 0, "1": 1e9, "1.5": 15e8, ".5": 5e8, "5.": 5e9, "007.10": 71e8, " 0.1 ": 1e8, "0.3": 3e8,
		"0.000000001": 1, "0.10000000000": 1e8, "1e-9": 1, "1e-05": 10_000, "2.5E3": 25e11, "1e+1": 1e10, "1000e-12": 1, "123e-9": 123,
		"100000000": 1e17, "99999999.999999999": 99_999_999_999_999_999, "16777217.000000001": 16_777_217_000_000_001,
		"18446744073.709551615": math.MaxUint64,
	} {
		got, err := chain.ParseSOL(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParseSOLSaysWhatIsAllowed(t *testing.T) {
	for want, texts := range map[string][]string{
		"a decimal number that is not negative": {"", " ", ".", "e5", "-1", "+1", "-0", "1,5", "1 000", "0x10", "1/2", "1_000", "NaN", "inf", "1e", "1e1.5",
			"1e999999999", "1e99999999999999999999", "1e-1001", "1.5.5", "½", "٣", "1e5e5", "1 SOL"},
		"at most 9 decimals": {"0.0000000001", "1.0000000001", "1e-10", "1e-1000", "123.4567890123"},
		"at most 18446744073": {"18446744073.709551616", "18446744074", "99999999999", "1e30", "1e1000", "99999999999999999999999999999999999999999",
			"99999999999.999999999"},
	} {
		for _, text := range texts {
			_, err := chain.ParseSOL(text)
			require.ErrorContains(t, err, want, text)
		}
	}
}

func TestFormatSOL(t *testing.T) {
	for lamports, want := range map[uint64]string{
		0: "0", 1: "0.000000001", 5e8: "0.5", 1e9: "1", 10e9: "10", 1_000_000_010: "1.00000001", math.MaxUint64: "18446744073.709551615",
	} {
		require.Equal(t, want, chain.FormatSOL(lamports))
	}
}

// What FormatSOL prints is read back to the lamport, and what ParseSOL takes is
// the number that the text means.
func FuzzSOL(f *testing.F) {
	f.Add(uint64(0), "0.5")
	f.Add(uint64(math.MaxUint64), "1e-9")
	f.Add(uint64(1), "18446744073.709551615")
	f.Fuzz(func(t *testing.T, lamports uint64, text string) {
		back, err := chain.ParseSOL(chain.FormatSOL(lamports))
		require.NoError(t, err)
		require.Equal(t, lamports, back)

		got, err := chain.ParseSOL(text)
		if err != nil {
			return
		}
		again, err := chain.ParseSOL(chain.FormatSOL(got))
		require.NoError(t, err)
		require.Equal(t, got, again)
		if want, ok := new(big.Rat).SetString(text); ok { // big.Rat takes no spaces
			require.Zero(t, want.Mul(want, big.NewRat(chain.LamportsPerSOL, 1)).Cmp(new(big.Rat).SetFrac(new(big.Int).SetUint64(got), big.NewInt(1))), text)
		}
	})
}
