package fairplay

import (
	"fmt"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A Role is what an attacker takes part as, and whom it is compared with.
type Role int

// The roles.
const (
	Trainer   Role = iota // compared with the honest trainers' mean
	Validator             // its wallets that were drawn, of which each has a stake, with the honest ones that were
	Creator               // what it has more than an honest creator, with the honest trainers' mean
)

// String names the role as the table does.
func (r Role) String() string { return [...]string{"trainer", "validator", "creator"}[r] }

// An Excuse is why an attacker may earn more than an honest trainer: what no rule prevents.
type Excuse string

// The excuses.
const (
	None       Excuse = ""
	PublicTest Excuse = "public test set"
	League     Excuse = "creator in league with a trainer"
	OwnTest    Excuse = "creator's own test" // nobody earns by it, but trainers lose their bonds
)

// An Attack is what an attacker does in a round.
type Attack struct {
	Name   string
	Role   Role
	Excuse Excuse          // that of [PublicTest] holds in rounds without a holdout only
	Only   func(Mode) bool // the modes that it can be tried in; nil: all
	Why    map[Mode]string // what comes of it; FairHoldout's default is Fair's
	hand   hand            // what it hands in; nil: nothing
	votes  habit           // how its validators score; nil: it has none
	many   func(Mode) int  // how many validators it has
	person bool            // its validators in open rounds, where wallets cost nothing, are one person's
	early  bool            // it has to be first: there is no such attack after the honest trainers
	hide   bool            // it withholds the holdout's key
	spoil  bool            // it seals a test that nobody is better on than the base
}

// A hand is what an attacker hands in.
type hand func(s *scene) ([]submission, error)

// A scene is what an attacker knows as it hands in.
type scene struct {
	*Lab
	mode   Mode
	first  bool // before the honest trainers, else behind them
	honest []submission
	heads  []packagefmt.Network // of the honest trainers
	rng    *rand.Rand
}

// visible are the others' heads, which can be seen in open rounds only.
func (s *scene) visible() []packagefmt.Network {
	if s.mode.Sealed() || s.first {
		return nil
	}
	return s.heads
}

// victim is the best head that can be seen, or the base.
func (s *scene) victim() (packagefmt.Network, error) {
	best, most := s.pkg.Head, uint32(0)
	for _, head := range s.visible() {
		score, err := s.publicScore(head)
		if err != nil {
			return best, err
		}
		if score > most {
			best, most = head, score
		}
	}
	return best, nil
}

// publicScore is what everybody can score.
func (l *Lab) publicScore(head packagefmt.Network) (uint32, error) {
	return validator.Accuracy(l.ctx, head, l.public.x, l.public.y, 0)
}

// one hands in one head.
func one(make func(s *scene) (packagefmt.Network, error)) hand {
	return several(1, func(s *scene, _ int) (packagefmt.Network, error) { return make(s) })
}

// several hands in heads from as many wallets.
func several(n int, make func(s *scene, i int) (packagefmt.Network, error)) hand {
	return func(s *scene) (all []submission, err error) {
		for i, name := range numbered("attacker", n) {
			head, err := make(s, i)
			if err != nil {
				return nil, err
			}
			packed, err := s.pack(name, head)
			if err != nil {
				return nil, err
			}
			all = append(all, packed)
		}
		return all, nil
	}
}

// Attacks are all of them.
func Attacks() []Attack {
	var all []Attack
	for _, some := range [][]Attack{copies(), learners(), breakers(), crowds(), validators(), creators()} {
		all = append(all, some...)
	}
	return all
}

// AttackOf is the one of that name.
func AttackOf(name string) (Attack, error) {
	for _, a := range Attacks() {
		if a.Name == name {
			return a, nil
		}
	}
	return Attack{}, fmt.Errorf("fairplay: no attack is named %q", name)
}

// Possible reports whether it can be tried in a mode.
func (a Attack) Possible(m Mode) bool { return a.Only == nil || a.Only(m) }

// Reason is what comes of it in a mode.
func (a Attack) Reason(m Mode) string {
	if why, ok := a.Why[m]; ok {
		return why
	}
	return a.Why[Fair]
}

// Excused is the excuse that holds in a mode.
func (a Attack) Excused(m Mode) Excuse {
	if a.Excuse == PublicTest && m == FairHoldout {
		return None
	}
	return a.Excuse
}
