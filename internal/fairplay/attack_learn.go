package fairplay

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// learners are attackers whose heads score better than the base, by honest work or not.
func learners() []Attack {
	return []Attack{
		{Name: "late or early honest work", hand: one(func(s *scene) (packagefmt.Network, error) { return s.Lab.honest(s.mode, Trainers) }),
			Why: map[Mode]string{Open: "no attack, but the same work as the others", Fair: "no attack, but the same work as the others: whoever is later is paid for what is better than all before"}},
		{Name: "one epoch on top", hand: one((*scene).onTop),
			Why: map[Mode]string{Open: "another's work with a little of one's own is paid like all of it", Fair: "there is only the base to train on: less work, and a worse head"}},
		{Name: "random steps on the public test", hand: one((*scene).climber),
			Why: map[Mode]string{Open: "200 random steps find less than training does", Fair: "200 random steps find less than training does", FairHoldout: "the public test is not what is scored"}},
		{Name: "memoriser of the public test", Excuse: PublicTest, hand: one((*scene).memoriser),
			Why: map[Mode]string{Open: learnsTheTest, Fair: learnsTheTest, FairHoldout: "the public test is training data that everybody has, and honest trainers have their own beside it"}},
	}
}

const learnsTheTest = "the test is public: who learns it by heart scores best, and no rule can tell"

// onTop trains the best visible head for an epoch on the attacker's own data.
func (s *scene) onTop() (packagefmt.Network, error) {
	from, err := s.victim()
	if err != nil {
		return from, err
	}
	once := s.task.honest
	once.Epochs = 1
	name := fmt.Sprintf("on top %v %v", len(s.visible()) > 0, s.mode == FairHoldout)
	return s.train(name, from, s.data(s.mode, Trainers), once, Trainers)
}

// memoriser learns the public test by heart.
func (s *scene) memoriser() (packagefmt.Network, error) {
	return s.train("memoriser", s.pkg.Head, s.public, s.byHeart(), Trainers)
}

func (l *Lab) byHeart() fit.Options {
	o := l.task.honest
	o.Epochs *= 5
	return o
}

// climber takes random steps from the base and keeps those that score no worse on the public test.
func (s *scene) climber() (packagefmt.Network, error) {
	return s.once("climber", func() (packagefmt.Network, error) {
		head := s.pkg.Head
		best, err := s.publicScore(head)
		rng := s.Lab.rng("climber")
		for range 200 {
			if err != nil {
				break
			}
			next := noisy(head, 0.05, rng)
			var score uint32
			if score, err = s.publicScore(next); score >= best {
				head, best = next, score
			}
		}
		return head, err
	})
}
