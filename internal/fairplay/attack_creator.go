package fairplay

import (
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
)

const minority = "a quarter of the stakes: the lower middle is an honest score unless lots give them half of the seats"

// creators are attackers who put up the reward. Their validators have other wallets, a quarter of all stakes in fair rounds.
func creators() []Attack {
	holdout := func(m Mode) bool { return m == FairHoldout }
	return []Attack{
		{Name: "stuffing creator", Role: Creator, many: few(quarter), votes: belittling,
			Why: map[Mode]string{Open: "four wallets outvote three validators: nobody improved, and the reward goes back", Fair: minority}},
		{Name: "creator who overstates the base", Role: Creator, many: few(quarter), votes: func(b booth) (uint32, bool, bool) {
			if b.subject == 0 {
				return rating.MaxAccuracy, true, true
			}
			return b.truth, true, true
		}, Why: map[Mode]string{Open: "four wallets outvote three validators: nobody is better than a perfect base", Fair: minority}},
		{Name: "creator who undercuts the base for a friend", Role: Creator, many: few(quarter), votes: func(b booth) (uint32, bool, bool) {
			if b.subject == 0 {
				return 1, true, true
			}
			return b.truth, true, true
		}, hand: one(func(s *scene) (packagefmt.Network, error) { return s.pkg.Head, nil }),
			Why: map[Mode]string{Open: "a friend's replay of the base improves on a base that was voted down", Fair: minority}},
		{Name: "creator who votes late", Role: Creator, many: few(quarter), votes: func(b booth) (uint32, bool, bool) {
			accuracy, open, cast := belittling(b)
			return accuracy, open, cast && !b.sealed
		}, Why: map[Mode]string{Open: "votes in the transaction that finalizes, when nobody can answer", Fair: "commitments are taken in the first half of a sitting only, and finalizing waits for its end"}},
		{Name: "creator who withholds the holdout", Role: Creator, Only: holdout, hide: true,
			Why: map[Mode]string{FairHoldout: "the public split counts, and the remainder goes to the treasury"}},
		{Name: "creator who withholds the holdout for a memoriser", Role: Creator, Only: holdout, hide: true, Excuse: League, hand: one((*scene).memoriser),
			Why: map[Mode]string{FairHoldout: "the public split counts, which the friend knows by heart"}},
		{Name: "creator who seals a test that nobody can improve on", Role: Creator, Only: holdout, spoil: true, Excuse: OwnTest,
			Why: map[Mode]string{FairHoldout: "trainers lose their bonds to the validators; the creator has nothing of it, for the reward goes to the treasury"}},
		{Name: "creator in league with a trainer", Role: Creator, Only: holdout, Excuse: League,
			hand: one(func(s *scene) (packagefmt.Network, error) {
				return s.train("insider", s.pkg.Head, s.hidden, s.byHeart(), Trainers)
			}),
			Why: map[Mode]string{FairHoldout: "the friend has the sealed test: no rule can tell, so trainers take holdouts from an allow-list only"}},
	}
}

// belittling scores every head as the base.
func belittling(b booth) (uint32, bool, bool) { return b.base, true, true }
