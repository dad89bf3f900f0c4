package view

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/round"
)

// Contest is what the chain says of a creator's contest about a package: all its epochs in short, and one of them whole. Rates
// and averages are millionths.
type Contest struct {
	Chain   Chain       `json:"chain"`
	Creator string      `json:"creator"`
	Package string      `json:"package"`
	Epochs  []EpochRow  `json:"epochs"`  // the newest first
	Missing []int       `json:"missing"` // epochs whose rounds are closed
	Epoch   int         `json:"epoch"`   // which one Entries are of; 0: none
	Entries []Entrant   `json:"entries"` // in the order of submission
	Miners  []MinerView `json:"miners"`  // the best average first
}

// EpochRow is an epoch in the list.
type EpochRow struct {
	Number  int         `json:"number"`
	Round   uint64      `json:"round"`
	Phase   round.Phase `json:"phase"`
	Reward  Amount      `json:"reward"`
	Base    uint32      `json:"base"`   // accuracy
	Scored  bool        `json:"scored"` // the base has a score
	Entries int         `json:"entries"`
}

// Entrant is a submission to an epoch.
type Entrant struct {
	Miner  string `json:"miner"` // empty: its account is closed, and the node has no event of it any more
	CID    string `json:"cid"`
	Source string `json:"source,omitempty"` // where its miner says that it keeps it; nobody has checked that
	Score  uint32 `json:"score"`
	Scored bool   `json:"scored"` // it has its quorum
	Rate   uint64 `json:"rate"`
	Weight Amount `json:"weight"`
	Share  Amount `json:"share"` // of the reward, before the fee; of a finalized epoch
	// Pairs has a letter for each of the entries: w where this one beats it, l where it loses, = where they are equal, - where one
	// of them has no score, and for itself.
	Pairs string `json:"pairs"`
}

// MinerView is one who submitted to a finalized epoch.
type MinerView struct {
	Miner   string `json:"miner"`
	Average uint64 `json:"average"`
	Earned  Amount `json:"earned"` // before the fee
	Epochs  int    `json:"epochs"`
}

// Contest reads a contest by creator and package CID, with the submissions of one epoch; 0 is the newest.
func (r *Reader) Contest(ctx context.Context, creator, pkg string, epoch uint64) (Contest, error) {
	if r.Rounds == nil {
		return Contest{}, fmt.Errorf("no round program is set: %w", ErrUnknown)
	}
	who, err := addressOf(creator)
	if err != nil {
		return Contest{}, err
	}
	about, err := cidOf(pkg)
	if err != nil {
		return Contest{}, err
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Contest{}, err
	}
	s, err := r.contests.of(ctx, contestKey{who, about.String()}, func() (decloud.Standings, error) {
		return r.standings().Read(ctx, who, about)
	})
	if err != nil {
		return Contest{}, err
	}
	if len(s.Epochs) == 0 {
		return Contest{}, fmt.Errorf("an epoch of a contest of %s about %s: %w", who, about, ErrUnknown)
	}
	v := Contest{Chain: c, Creator: who.String(), Package: about.String(), Epochs: []EpochRow{}, Missing: append([]int{}, s.Missing...),
		Entries: []Entrant{}, Miners: []MinerView{}}
	for _, m := range s.Miners {
		v.Miners = append(v.Miners, MinerView{m.Trainer.String(), m.Average, Amount(m.Earned), m.Epochs})
	}
	return v, r.epochs(ctx, &v, s.Epochs, epoch)
}

// epochs lists the epochs, and fills in the submissions of one of them.
func (r *Reader) epochs(ctx context.Context, v *Contest, all []decloud.Epoch, wanted uint64) error {
	now, err := r.Chain.Now(ctx)
	if err != nil {
		return err
	}
	if wanted == 0 {
		wanted = uint64(all[len(all)-1].Number)
	}
	for i := len(all) - 1; i >= 0; i-- {
		e := all[i]
		v.Epochs = append(v.Epochs, EpochRow{Number: e.Number, Round: e.Round.ID, Phase: e.Round.Phase(now), Reward: Amount(e.Round.Reward),
			Base: e.Round.BaseAccuracy, Scored: len(e.Round.BaseScores) > 0, Entries: len(e.Entries)})
		if uint64(e.Number) != wanted {
			continue
		}
		v.Epoch = e.Number
		if v.Entries, err = r.entrants(ctx, e); err != nil {
			return err
		}
	}
	if v.Epoch == 0 {
		return fmt.Errorf("epoch %d of the contest: %w", wanted, ErrUnknown)
	}
	return nil
}

func (r *Reader) entrants(ctx context.Context, e decloud.Epoch) ([]Entrant, error) {
	sources, err := r.Rounds.Sources(ctx, e.Round.ID)
	if err != nil {
		return nil, err
	}
	at := map[solana.PublicKey]string{}
	for _, s := range sources {
		at[s.Trainer] = plain(s.Text)
	}
	all := []Entrant{}
	for i, one := range e.Entries {
		all = append(all, Entrant{Miner: address(one.Trainer), CID: plain(one.CID), Source: at[one.Trainer], Score: one.Score, Scored: one.Scored, Rate: one.Rate,
			Weight: Amount(one.Weight), Share: Amount(one.Share), Pairs: pairsOf(e, i)})
	}
	return all, nil
}

func pairsOf(e decloud.Epoch, i int) string {
	pairs := make([]byte, len(e.Entries))
	for j := range pairs {
		switch beats := e.Beats(i, j); {
		case i == j || !e.Entries[i].Scored || !e.Entries[j].Scored:
			pairs[j] = '-'
		case beats > 0:
			pairs[j] = 'w'
		case beats < 0:
			pairs[j] = 'l'
		default:
			pairs[j] = '='
		}
	}
	return string(pairs)
}
