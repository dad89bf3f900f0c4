package fairplay

import (
	"fmt"
	"math/rand/v2"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// A vote is one validator's score of a subject: the base (0) or a submission (from 1).
type vote struct {
	validator string
	subject   int
	accuracy  uint32
	sitting   int
	opened    bool // in a sealed round: whether the commitment was revealed
}

// A booth is what a validator knows when it scores.
type booth struct {
	sealed   bool
	sitting  int
	subject  int
	truth    uint32   // what scoring gives
	base     uint32   // what scoring the base gives, which its creator tells everybody
	first    uint32   // what scoring the first submission gives
	revealed []uint32 // what others' scores of the subject can be seen
	friend   bool     // whether the subject is the attacker's
	ghost    bool     // whether the subject could not be fetched
	rng      *rand.Rand
}

// A habit is how a validator scores: open is false for a commitment that is not revealed, cast for none.
type habit func(b booth) (accuracy uint32, open, cast bool)

func honestly(b booth) (uint32, bool, bool) {
	return b.truth, true, b.sealed || !b.ghost // open rounds do not score what is not there
}

// A voter is a validator.
type voter struct {
	name  string
	habit habit
}

// A poll has the votes of a round come about.
type poll struct {
	terms   *round.Round
	voters  []voter
	truths  []uint32 // of the base and of all submissions
	handed  []submission
	friends map[string]bool
	rng     *rand.Rand
}

// votes are all votes. The attacker's are taken first in sealed rounds, where places may be short, and last in open ones,
// where it looks at the others' first.
func (p poll) votes() (all []vote) {
	if !p.terms.Sealed() {
		for subject := range p.truths {
			all = append(all, p.take(subject, 0, nil)...)
		}
		return all
	}
	p.draw()
	byBallot := make([][]vote, len(p.truths))
	for sitting := range round.Sittings {
		for subject := range p.truths {
			if sitting > 0 && opened(byBallot[subject]) >= decloud.CommitteeQuorum {
				continue
			}
			byBallot[subject] = append(byBallot[subject], p.take(subject, sitting, byBallot[subject])...)
		}
	}
	for _, votes := range byBallot {
		all = append(all, votes...)
	}
	return all
}

// draw ends the draw of the committee.
func (p poll) draw() {
	p.terms.Drawn, p.terms.TotalStake = true, uint64(len(p.voters))*stake
	for i := range p.terms.Seed {
		p.terms.Seed[i] = byte(p.rng.Uint32())
	}
}

// take is one sitting about one subject, before being what was revealed earlier.
func (p poll) take(subject, sitting int, before []vote) (taken []vote) {
	voted := map[string]bool{}
	var seen []uint32
	for _, v := range before {
		voted[v.validator] = true
		if v.opened {
			seen = append(seen, v.accuracy)
		}
	}
	for i, who := range p.voters {
		if voted[who.name] || len(seen)+len(taken) >= rating.MaxValidations || !p.mayVote(who.name, sitting) {
			continue
		}
		b := p.booth(i, subject, sitting)
		b.revealed = seen
		if !b.sealed {
			b.revealed = accuracies(taken)
		}
		if accuracy, open, cast := who.habit(b); cast {
			taken = append(taken, vote{who.name, subject, accuracy, sitting, open})
		}
	}
	return taken
}

func (p poll) booth(voter, subject, sitting int) booth {
	b := booth{sealed: p.terms.Sealed(), sitting: sitting, subject: subject, truth: p.truths[subject], base: p.truths[0],
		first: p.truths[min(1, len(p.truths)-1)], rng: p.rng}
	if subject == 0 {
		return b
	}
	s := p.handed[subject-1]
	b.friend, b.ghost = p.friends[s.trainer], s.content == nil
	if s.some && voter%2 == 1 {
		b.truth, b.ghost = 0, true
	}
	return b
}

// mayVote asks the lots of the committee.
func (p poll) mayVote(name string, sitting int) bool {
	if !p.terms.Sealed() {
		return true
	}
	staked := &round.Stake{Validator: address(name), Amount: stake, Since: scoring.Add(-time.Hour)}
	return p.terms.InCommittee(staked, p.terms.SittingStarts(sitting)) == nil
}

func opened(votes []vote) int { return len(accuracies(votes)) }

// accuracies are the scores that were revealed.
func accuracies(votes []vote) (all []uint32) {
	for _, v := range votes {
		if v.opened {
			all = append(all, v.accuracy)
		}
	}
	return all
}

// numbered are names with numbers.
func numbered(name string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", name, i)
	}
	return all
}
