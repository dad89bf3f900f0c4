package rating_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
)

func TestParseStars(t *testing.T) {
	for text, want := range map[string]rating.Stars{
		"1": 100, "1.": 100, "1.0": 100, "1.00": 100, "4.5": 450, "4.05": 405, "4.99": 499, "5": 500, "5.00": 500, " 4.5 ★ ": 450, "4.5★": 450,
	} {
		got, err := rating.ParseStars(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"0", "0.99", "5.01", "9.99", "4.555", "4.500", "", ".", "★", ".5", "04.5", "-3", "+3", "NaN", "4,5", "4e0", "４", "4 .5", "4.5 ★★", "4.5.1", "4.x"} {
		_, err := rating.ParseStars(text)
		require.ErrorContains(t, err, "1 to 5 stars", text)
	}
}

// Every rating is read back from what String prints, and what ParseStars takes
// is in range.
func FuzzStars(f *testing.F) {
	for _, text := range []string{"4.25", "1", "5.00 ★", "4.999", "0.99"} {
		f.Add(text)
	}
	for s := rating.Floor; s <= rating.Cap; s++ {
		f.Add(s.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := rating.ParseStars(text)
		if err != nil {
			return
		}
		require.True(t, rating.Floor <= s && s <= rating.Cap, text)
		again, err := rating.ParseStars(s.String())
		require.NoError(t, err, text)
		require.Equal(t, s, again, text)
	})
}
