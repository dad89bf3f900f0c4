package fairplay

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/reward"
)

// leastPart is how many samples a head is trained on at least.
const leastPart = 8

// crowds are attackers with many wallets, all of whose gains are counted together.
func crowds() []Attack {
	var all []Attack
	for _, n := range []int{3, 10, 50} {
		all = append(all,
			Attack{Name: fmt.Sprintf("sybils × %d, one head", n),
				hand: several(n, func(s *scene, _ int) (packagefmt.Network, error) { return s.Lab.honest(s.mode, Trainers) }),
				Why:  map[Mode]string{Open: "the first is paid like an honest head, copies of it score as the base", Fair: "only what is better than all before is paid: the second copy earns nothing, and has its bond back"}},
			Attack{Name: fmt.Sprintf("sybils × %d, other seeds", n), hand: several(n, (*scene).reseeded),
				Why: map[Mode]string{Open: "a share of the reward for every wallet", Fair: "many tries at what is better than all before: a little for luck, however many wallets"}},
			Attack{Name: fmt.Sprintf("sybils × %d, parts of the data", n), hand: several(n, func(s *scene, i int) (packagefmt.Network, error) { return s.partial(i, n) }),
				Why: map[Mode]string{Open: "a share of the reward for every wallet", Fair: "heads of few samples are rarely better than those before"}})
	}
	return append(all,
		Attack{Name: "255 junk", hand: several(reward.MaxGradients, (*scene).junk),
			Why: map[Mode]string{Open: "some of so many random heads are better than a weak base, and each is paid; it costs rent for a while", Fair: "hardly one is better than all before it, and the bonds are lost to the validators"}},
		Attack{Name: "ghosts × 20", hand: ghosts(20),
			Why: map[Mode]string{Open: "not scored; who is later waits for them, and the round ends at its deadline", Fair: "score 0, and every bond is lost to the validators"}},
		Attack{Name: "shown to half of the validators", hand: func(s *scene) ([]submission, error) {
			all, err := one(func(s *scene) (packagefmt.Network, error) { return s.Lab.honest(s.mode, Trainers) })(s)
			for i := range all {
				all[i].some = true
			}
			return all, err
		}, Why: map[Mode]string{Open: "not scored without a quorum, else like an honest head", Fair: "the lower middle of half zeros is mostly 0; no honest validator is slashed over it"}},
	)
}

// reseeded are honest heads on the same data that begin with other numbers.
func (s *scene) reseeded(i int) (packagefmt.Network, error) {
	if i == 0 {
		return s.Lab.honest(s.mode, Trainers)
	}
	name := fmt.Sprintf("reseeded %d %v", i, s.mode == FairHoldout)
	return s.train(name, s.pkg.Head, s.data(s.mode, Trainers), s.task.honest, uint64(Trainers+i))
}

// partial is an honest head on the i-th of n parts of the attacker's data.
func (s *scene) partial(i, n int) (packagefmt.Network, error) {
	name := fmt.Sprintf("part %d of %d %v", i, n, s.mode == FairHoldout)
	return s.once(name, func() (packagefmt.Network, error) {
		data, rng := s.data(s.mode, Trainers), s.Lab.rng(name)
		part := data.pick(rng.Perm(len(data.y))[:max(leastPart, len(data.y)/n)])
		for part.oneClass() {
			part = data.pick(rng.Perm(len(data.y))[:len(part.y)])
		}
		return s.fit(s.pkg.Head, part, s.task.honest, uint64(Trainers+i))
	})
}

// junk is a head of random weights.
func (s *scene) junk(i int) (packagefmt.Network, error) {
	name := fmt.Sprintf("junk %d", i)
	return s.once(name, func() (packagefmt.Network, error) {
		return s.pkg.Head.With(drawn(s.pkg.Head.Weights, s.Lab.rng(name))), nil
	})
}

// ghosts are CIDs that nobody can fetch.
func ghosts(n int) hand {
	return func(*scene) (all []submission, err error) {
		for _, name := range numbered("attacker", n) {
			all = append(all, submission{trainer: name})
		}
		return all, nil
	}
}
