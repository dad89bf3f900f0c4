package fairplay

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

// quarter is how many validators make a quarter with the honest ones of a fair round.
const quarter = 10

// validators are attackers who score. Each comes alone, with half a quarter, and as a quarter of all stakes.
func validators() []Attack {
	slashed := "outliers: their share is forfeited and a tenth of the stake taken"
	var all []Attack
	add := func(name, open, fair string, h habit) {
		for _, n := range []int{1, quarter / 2, quarter} {
			all = append(all, Attack{Name: fmt.Sprintf("%s × %d", name, n), Role: Validator, votes: h, many: func(Mode) int { return n },
				Why: map[Mode]string{Open: open, Fair: fair}})
		}
	}
	add("lazy validator", "an outlier, which loses its share only; five beside three honest ones are the majority", slashed,
		func(b booth) (uint32, bool, bool) { return b.base, true, true })
	add("guessing validator", "paid like work within 5 points of the score, else it loses its share only; five beside three are the majority", slashed,
		func(b booth) (uint32, bool, bool) {
			if b.subject == 0 {
				return b.base, true, true
			}
			return min(b.base+300, rating.MaxAccuracy), true, true
		})
	add("validator who scores one head only", "paid like work within 5 points of the score, as heads mostly are; five beside three are the majority",
		"paid like the others where heads are within two test samples of each other, as small tests cannot tell them apart, and slashed elsewhere",
		func(b booth) (uint32, bool, bool) {
			if b.subject == 0 {
				return b.base, true, true
			}
			return b.first, true, true
		})
	add("copying validator", "scores are public: copying them is paid like work", "nothing is revealed until all have committed, and later sittings are for what has no quorum",
		copying)
	add("silent validator", "no score, no pay", "no score, no pay", func(booth) (uint32, bool, bool) { return 0, false, false })
	add("never-opening validator", "nothing is committed to in open rounds: no score, no pay", "a commitment that is not revealed costs a tenth of the stake, once in a round",
		func(b booth) (uint32, bool, bool) { return b.truth, false, b.sealed })
	add("equivocating validator", "the first of its scores counts, here a wrong one; five beside three are the majority", "what it reveals is not what it committed to, and is refused: as if never opened",
		func(b booth) (uint32, bool, bool) { return b.truth / 2, !b.sealed, true })
	all = append(all, Attack{Name: "copying validator, one person's 21 wallets", Role: Validator, Only: func(m Mode) bool { return m == Open }, person: true,
		votes: copying, many: func(Mode) int { return 21 }, Why: map[Mode]string{Open: "wallets cost nothing: most of the validators' share"}})
	for _, n := range []int{1, quarter} {
		all = append(all, Attack{Name: fmt.Sprintf("cronies × %d who praise a replay of the base", n), votes: praising, many: few(n),
			hand: one(func(s *scene) (packagefmt.Network, error) { return s.pkg.Head, nil }),
			Why:  map[Mode]string{Open: "a majority decides, and wallets cost nothing", Fair: "the lower middle is an honest score unless lots give them half of the seats"}})
	}
	return all
}

// copying takes the first score that it sees.
func copying(b booth) (uint32, bool, bool) {
	if len(b.revealed) == 0 {
		return 0, false, false
	}
	return b.revealed[0], true, true
}

func praising(b booth) (uint32, bool, bool) {
	if b.friend {
		return rating.MaxAccuracy, true, true
	}
	return b.truth, true, true
}

// few are n validators in fair rounds and four in open ones: a majority beside three.
func few(n int) func(Mode) int {
	return func(m Mode) int {
		if m == Open {
			return 4
		}
		return n
	}
}
