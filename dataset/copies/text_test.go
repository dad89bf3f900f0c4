package copies

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

const quote = "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, " +
	"and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world."

// every replaces every n-th word.
func every(n int, text string) string {
	list := strings.Fields(text)
	for i := n - 1; i < len(list); i += n {
		list[i] = fmt.Sprintf("word%d", i)
	}
	return strings.Join(list, " ")
}

// What makes a text another, and what does not: the first part is what gamers try in vain, the
// second what they get away with.
func TestWhichTextsAreCopies(t *testing.T) {
	original := NewIndex(0.995, []Print{OfText(quote)})
	for name, text := range map[string]string{
		"the same":                 quote,
		"white space":              "  " + strings.ReplaceAll(quote, " ", " \t\n") + "\u00a0",
		"case":                     strings.ToUpper(quote),
		"punctuation":              strings.NewReplacer(",", ";", ".", "!!").Replace(quote),
		"zero-width characters":    strings.ReplaceAll(quote, "e", "e\u200b\u2060\ufeff"),
		"soft hyphens":             strings.ReplaceAll(quote, "a", "a\u00ad"),
		"combining marks":          strings.ReplaceAll(quote, "o", "o\u0323"),
		"accents":                  strings.ReplaceAll(quote, "e", "é"),
		"Cyrillic look-alikes":     strings.NewReplacer("a", "а", "e", "е", "o", "о", "C", "С").Replace(quote),
		"full width":               strings.Map(func(r rune) rune { return map[bool]rune{true: r + 0xfee0, false: r}[r > ' ' && r < 0x7f] }, quote),
		"unassigned characters":    strings.ReplaceAll(quote, "i", "i\u0378\ue000\U000e0041"),
		"a word that was changed":  strings.Replace(quote, "Ishmael", "Ahab", 1),
		"every 20th word":          every(20, quote),
		"a sentence at the end":    quote + " It is a way I have of driving off the spleen.",
		"a sentence at the start":  "Loomings, it says. " + quote,
		"the first half repeated":  quote[:len(quote)/2] + quote,
		"sentences in other order": quote[17:] + quote[:17],
	} {
		require.Equal(t, []bool{true}, original.Near([]Print{OfText(text)}), "%s is no other text", name)
	}
	for name, text := range map[string]string{
		"another text":           "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.",
		"every third word":       every(3, quote),
		"twice the length":       quote + " " + every(1, quote) + " " + every(1, strings.ToUpper(quote)+" x"),
		"letters between points": strings.Join(strings.Split(quote, ""), "."),
		"a translation":          "Nennt mich Ismael. Ein paar Jahre ist es her, unwichtig, wie lange genau, da hatte ich wenig bis gar kein Geld im Beutel.",
		"words in other order":   strings.Join(reversed(strings.Fields(quote)), " "),
		"letters missing":        strings.ReplaceAll(quote, "e", ""),
	} {
		require.Equal(t, []bool{false}, original.Near([]Print{OfText(text)}), "%s gets away", name)
	}
}

func reversed(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[len(list)-1-i] = s
	}
	return out
}

func TestShortTextsAreComparedAsAWhole(t *testing.T) {
	ix := NewIndex(0.995, []Print{OfText("Thank you!"), OfText("?!"), OfText("今日は天気がいいですね")})
	require.Equal(t, []bool{true, false, true, false, false, true}, ix.Near([]Print{
		OfText("thank  YOU"), OfText("thank you all"), OfText("?!"), OfText("!!"), OfText(""), OfText("今日は天気がいいですよね"),
	}))
	require.False(t, ix.Near([]Print{{}})[0], "the zero value is like nothing")
}

// MinHash estimates the Jaccard index of the 5-grams.
func TestMinHashEstimatesJaccard(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{0, 0.2, 0.4, 0.6, 0.8, 0.95, 1} {
		sum, n := 0.0, 40
		for range n {
			a, b := make([]string, 300), make([]string, 300)
			for i := range a {
				a[i] = fmt.Sprint(rng.Uint32())
				if b[i] = a[i]; float64(i) >= share*float64(len(a)) {
					b[i] = fmt.Sprint(rng.Uint32())
				}
			}
			p, _ := minHash(a)
			q, _ := minHash(b)
			sum += float64(p.agree(&q)) / permutations
		}
		common := max(0, share*300-gram+1)
		want := common / (2*(300-gram+1) - common)
		require.InDelta(t, want, sum/float64(n), 0.03, "a share of %v", share)
	}
}

// Of texts that share over half of their 5-grams few are missed, of those that share under a
// third none is taken.
func TestBandsFindWhatIsAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		changed  int // words of 600, in one place
		low, top float64
	}{{0, 1, 1}, {60, 1, 1}, {120, 0.98, 1}, {250, 0, 0.05}, {400, 0, 0}} {
		found := 0
		for range 100 {
			a := make([]string, 600)
			for i := range a {
				a[i] = fmt.Sprint(rng.Uint32())
			}
			ix := NewIndex(0.995, []Print{OfText(strings.Join(a, " "))})
			for i := range c.changed {
				a[i] = fmt.Sprint(rng.Uint32())
			}
			if ix.Near([]Print{OfText(strings.Join(a, " "))})[0] {
				found++
			}
		}
		require.GreaterOrEqual(t, float64(found)/100, c.low, "%d words changed", c.changed)
		require.LessOrEqual(t, float64(found)/100, c.top, "%d words changed", c.changed)
	}
}

// A print depends on no version of Unicode but 15.0. If this fails with a newer Go or x/text,
// that is what they changed: keep the old answer, scores depend on it.
func TestEveryCharacterMeansTheSameForEver(t *testing.T) {
	sum := fnv.New64a()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r == 0x33500 {
			r = 0xe0000 // nothing is between them, yet
		} else if r == 0xe0200 {
			r = 0xffff0
		}
		_, _ = sum.Write([]byte(strings.Join(words("a"+string(r)+"b"), " ") + "\n"))
		if r == 0x100010 {
			break
		}
	}
	require.Equal(t, uint64(0xe7d1c02b65eb7230), sum.Sum64())
}

// Every processor gives these bits: .ci/samebits runs this on several.
func TestPrintsAreTheSameEverywhere(t *testing.T) {
	rng, sum := rand.New(rand.NewPCG(5, 6)), fnv.New64a()
	for range 200 {
		p := OfText(every(1+rng.IntN(9), quote))
		fmt.Fprint(sum, hex.EncodeToString(p.exact[:]), p.text.sig, p.text.keys)
		x := make([]float32, 37)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		p = OfSample(x, x)
		fmt.Fprint(sum, hex.EncodeToString(p.exact[:]), p.direction)
	}
	require.Equal(t, uint64(0x72d1aa9ae680d948), sum.Sum64())
}

// FuzzOfText: what a text is compared by does not depend on its writing, and costs no more
// than its length.
func FuzzOfText(f *testing.F) {
	f.Add(quote)
	f.Add("\xff\xfe ß İ ﷺ ½ ①")
	f.Fuzz(func(t *testing.T, text string) {
		p := OfText(text)
		require.Equal(t, p, OfText(text))
		list := words(text)
		if len(list) == 0 {
			return
		}
		require.Equal(t, p.exact, OfText("\n"+strings.Join(list, "\u200b, ")+"!").exact)
		ix := NewIndex(0.995, []Print{p})
		require.True(t, ix.Near([]Print{OfText(strings.Join(list, " "))})[0])
	})
}
