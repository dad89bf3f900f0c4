package fairplay

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// nothingToCopy is why copies fail in sealed rounds.
const nothingToCopy = "heads are published once submissions are closed: there is only the base to copy, and a copy of it scores as the base"

// copies are attackers who hand in what somebody else trained.
func copies() []Attack {
	all := []Attack{
		{Name: "base replay", hand: one(func(s *scene) (packagefmt.Network, error) { return s.pkg.Head, nil }),
			Why: map[Mode]string{Open: "a copy of the base improves nothing", Fair: "a copy of the base improves nothing, and its bond is lost"}},
		{Name: "exact copy", hand: one((*scene).victim),
			Why: map[Mode]string{Open: "found by its weights: scores as the base", Fair: nothingToCopy}},
	}
	for e := -6; e <= -1; e++ {
		all = append(all, Attack{Name: fmt.Sprintf("copy + noise 1e%d", e), hand: one(func(s *scene) (packagefmt.Network, error) {
			from, err := s.victim()
			return noisy(from, math.Pow10(e), s.rng), err
		}), Why: map[Mode]string{Open: noise(e), Fair: "only the base can be copied, and noise on it improves it by luck at most"}})
	}
	return append(all,
		Attack{Name: "permuted copy", hand: one(func(s *scene) (packagefmt.Network, error) {
			from, err := s.victim()
			return permuted(from, s.rng), err
		}), Why: map[Mode]string{Open: same, Fair: nothingToCopy}},
		Attack{Name: "rescaled copy", hand: one(func(s *scene) (packagefmt.Network, error) {
			from, err := s.victim()
			return rescaled(from, s.rng), err
		}), Why: map[Mode]string{Open: same, Fair: nothingToCopy}},
		Attack{Name: "average of others", hand: one(func(s *scene) (packagefmt.Network, error) {
			if others := s.visible(); len(others) > 0 {
				return average(others), nil
			}
			return s.pkg.Head, nil
		}), Why: map[Mode]string{Open: "a new function, often better than each of the three: paid for all of their work", Fair: nothingToCopy}},
		Attack{Name: "CID front-runner", early: true, hand: func(s *scene) ([]submission, error) {
			stolen := s.honest[0]
			stolen.trainer = "attacker 0"
			return []submission{stolen}, nil
		}, Why: map[Mode]string{Open: "the package names another trainer: scores 0", Fair: "the package names another trainer: scores 0, and the bond is lost"}},
		Attack{Name: "CID front-runner of a kit's trainer", early: true, Only: func(m Mode) bool { return m == Open },
			hand: func(s *scene) ([]submission, error) {
				victim, err := s.unnamed(s.heads[0])
				stolen := victim
				s.honest[0].content, stolen.trainer = victim.content, "attacker 0"
				return []submission{stolen}, err
			}, Why: map[Mode]string{Open: "packages of the public kits name nobody: who comes first is paid, and the victim is the copy"}},
	)
}

const same = "found by what it computes: scores as the base"

func noise(e int) string {
	if e < -2 {
		return same
	}
	return "noise that changes some answers makes another function of it"
}
