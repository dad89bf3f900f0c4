package decloud

import (
	"bytes"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// RateScale is a win rate of one.
const RateScale = 1_000_000

// Standings are the results of a contest, as far as the chain has them.
type Standings struct {
	// Epochs are those whose rounds are on the chain, ordered by number. Rounds can be closed once their claim period is
	// over, and then no node has them: Missing are the numbers before the newest that are gone.
	Epochs  []Epoch
	Missing []int
	// Miners are those who submitted to an epoch that is finalized, the best average first, then by wallet.
	Miners []Standing
}

// Epoch is one epoch of a contest.
type Epoch struct {
	Number  int          // 1, 2, …
	Round   *round.Round // as it is on the chain
	Entries []Entry      // in the order of submission
}

// Entry is a submission to an epoch.
type Entry struct {
	// Trainer and CID are zero where its account is closed, which its miner may do a day after the epoch, and the node
	// has no event about it any more.
	Trainer solana.PublicKey
	CID     string
	Index   uint8  // 0, 1, …: the order of submission
	Score   uint32 // the consensus, hundredths of a percent
	Scored  bool   // it has its quorum
	Weight  uint64 // by which the epoch's reward is shared ([round.Round.Weight])
	Share   uint64 // of the reward in lamports, before the fee; of a finalized epoch
	// Rate is which part of the comparisons with other competitors it won, ties counted half, of [RateScale]. Competitors
	// are those that improve the base by half as much as the best at least: a single one has the whole, all others 0.
	Rate uint64
}

// Standing is a miner's.
type Standing struct {
	Trainer solana.PublicKey
	// Average is the moving average of its rates, of [RateScale]: 0.8 of that before the epoch and 0.2 of the epoch's rate,
	// rounded down, from 0 on; who does not submit has a rate of 0. It goes over the finalized epochs in Standings.Epochs.
	Average uint64
	Earned  uint64 // the shares together, in lamports before the fee
	Epochs  int    // it submitted to so many
}

// Beats returns 1 if the entry i scored more than j, -1 if it scored less, and 0 if they are equal or one of them has no
// score.
func (e Epoch) Beats(i, j int) int {
	a, b := e.Entries[i], e.Entries[j]
	switch {
	case !a.Scored || !b.Scored || a.Score == b.Score:
		return 0
	case a.Score > b.Score:
		return 1
	}
	return -1
}

// epochOf is the table of a round; of the gradients the first of an index counts.
func epochOf(r *round.Round, number int, gradients []*round.Gradient) Epoch {
	e := Epoch{Number: number, Round: r, Entries: make([]Entry, r.Gradients)}
	shares, competitors := r.Shares(), 0
	for i := range e.Entries {
		of := &round.Gradient{Index: uint8(i)}
		if at := slices.IndexFunc(gradients, func(g *round.Gradient) bool { return int(g.Index) == i }); at >= 0 {
			of = gradients[at]
		}
		entry := Entry{Trainer: of.Trainer, CID: of.CID, Index: of.Index, Weight: r.Weight(of)}
		entry.Score, entry.Scored = r.GradientConsensus(of.Index)
		if r.Status == round.Finalized {
			entry.Share = shares.TrainerGross(entry.Weight)
		}
		if entry.Weight > 0 {
			competitors++
		}
		e.Entries[i] = entry
	}
	for i := range e.Entries {
		e.Entries[i].Rate = e.rate(i, competitors)
	}
	return e
}

// rate is the win rate of an entry among so many competitors.
func (e Epoch) rate(i, competitors int) uint64 {
	if e.Entries[i].Weight == 0 {
		return 0
	}
	if competitors == 1 {
		return RateScale
	}
	won := uint64(0) // twice
	for j := range e.Entries {
		if j != i && e.Entries[j].Weight > 0 {
			won += uint64(1 + e.Beats(i, j))
		}
	}
	return won * RateScale / (2 * uint64(competitors-1))
}

// standingsOf are the miners' averages over the finalized epochs.
func standingsOf(epochs []Epoch) []Standing {
	found := map[solana.PublicKey]*Standing{}
	for _, e := range epochs {
		if e.Round.Status != round.Finalized {
			continue
		}
		for _, s := range found {
			s.Average *= 4
		}
		for _, entry := range e.Entries {
			if entry.Trainer.IsZero() {
				continue
			}
			s := found[entry.Trainer]
			if s == nil {
				s = &Standing{Trainer: entry.Trainer}
				found[entry.Trainer] = s
			}
			s.Average += entry.Rate
			s.Earned += entry.Share
			s.Epochs++
		}
		for _, s := range found {
			s.Average /= 5
		}
	}
	out := make([]Standing, 0, len(found))
	for _, s := range found {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Standing) int {
		if a.Average != b.Average {
			return int(b.Average) - int(a.Average)
		}
		return bytes.Compare(a.Trainer[:], b.Trainer[:])
	})
	return out
}
