package decloud

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// Standings reads the results of the contest of a creator about a package from the chain. Accounts say what was scored and
// what is paid; where the account of a submission is closed already, its trainer and CID come from the round's events, which
// are hints: a node keeps them for a time only. Who reads the same contest again and again takes a [StandingsReader].
func (c *Client) Standings(ctx context.Context, creator solana.PublicKey, pkg cid.Cid) (Standings, error) {
	return (&StandingsReader{Client: c, MaxHistory: 20_000}).Read(ctx, creator, pkg)
}

// StandingsReader reads the standings of contests again and again, as a page does that shows them. Who submitted what to an
// epoch does not change once it is finalized: that is read once and remembered, also where a call ends before it has read
// all epochs, so that the next one goes on from there. It is safe for concurrent use.
type StandingsReader struct {
	// Client is what it reads with.
	Client *Client
	// MaxHistory bounds how many transactions of a round one call reads, the newest first, to find submissions whose accounts
	// are closed; the next call goes on from there. Anybody can add to a round's history. Default 1,000.
	MaxHistory int

	mu    sync.Mutex
	known map[finalized]submissions
	size  int // of all that is known, in submissions
}

// maxRemembered bounds the submissions that a reader remembers, some 300 bytes each. Beyond that it forgets all of them.
const maxRemembered = 100_000

// finalized names a round that is over: a local chain that was set up anew counts its rounds from 0.
type finalized struct {
	id      uint64
	created time.Time
	model   string
}

// submissions are those to a round, as far as they are known.
type submissions struct {
	gradients []*round.Gradient
	before    solana.Signature // the round's history is read as far back as this
	all       bool             // nothing more can be found
}

// Read reads the results of the contest of a creator about a package, as [Client.Standings] does.
func (s *StandingsReader) Read(ctx context.Context, creator solana.PublicKey, pkg cid.Cid) (Standings, error) {
	rounds, err := s.Client.epochs(ctx, creator, pkg)
	if err != nil {
		return Standings{}, err
	}
	var out Standings
	for _, r := range rounds {
		if r.second || r.round.Status == round.Cancelled {
			continue
		}
		gradients, err := s.submissions(ctx, r.round)
		if err != nil {
			return Standings{}, err
		}
		out.Epochs = append(out.Epochs, epochOf(r.round, EpochOf(r.round, pkg), gradients))
	}
	next := 1
	for _, r := range rounds { // those that were cancelled are not missing
		for number := EpochOf(r.round, pkg); next <= number; next++ {
			if next < number {
				out.Missing = append(out.Missing, next)
			}
		}
	}
	out.Miners = standingsOf(out.Epochs)
	return out, nil
}

// submissions are those to a round, read or remembered.
func (s *StandingsReader) submissions(ctx context.Context, r *round.Round) ([]*round.Gradient, error) {
	if r.Status != round.Finalized {
		return s.Client.Rounds.Gradients(ctx, r.ID)
	}
	key := finalized{r.ID, r.CreatedAt, r.ModelCID}
	s.mu.Lock()
	known := s.known[key]
	s.mu.Unlock()
	if known.all {
		return known.gradients, nil
	}
	var accounts []*round.Gradient
	if known.before.IsZero() { // else the history is being read, since accounts were missing
		var err error
		if accounts, err = s.Client.Rounds.Gradients(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	table := newSubmissionTable(r, append(accounts, known.gradients...))
	if table.missing > 0 {
		known.before = s.readHistory(ctx, r, known.before, table)
	}
	known.gradients, known.all = table.gradients, table.missing == 0
	s.remember(key, known)
	return known.gradients, nil
}

// submissionTable collects submissions to a round; the first of an index counts.
type submissionTable struct {
	gradients []*round.Gradient
	found     []bool // by index
	missing   int
}

func newSubmissionTable(r *round.Round, gradients []*round.Gradient) *submissionTable {
	t := &submissionTable{found: make([]bool, r.Gradients), missing: int(r.Gradients)}
	for _, g := range gradients {
		t.add(g)
	}
	return t
}

func (t *submissionTable) add(g *round.Gradient) {
	if i := int(g.Index); i < len(t.found) && !t.found[i] {
		t.found[i] = true
		t.missing--
		t.gradients = append(t.gradients, g)
	}
}

// readHistory adds submissions that the round's history names, and returns how far back it has read. Where the node has
// nothing of it, there are none, and who asks later, or another node, may find some.
func (s *StandingsReader) readHistory(ctx context.Context, r *round.Round, before solana.Signature, t *submissionTable) solana.Signature {
	addr, left := s.Client.Rounds.Addresses(), cmp.Or(s.MaxHistory, 1000)
	for receipt, err := range s.Client.Rounds.Chain().History(ctx, addr.Round(r.ID), chain.History{Before: before}) {
		if err != nil && receipt.Signature.IsZero() {
			break
		}
		for _, e := range round.Events(addr.Program, receipt.Logs) {
			if g, ok := e.(round.GradientSubmitted); ok && g.RoundID == r.ID && g.Count > 0 {
				t.add(&round.Gradient{RoundID: r.ID, Trainer: g.Trainer, CID: g.CID, Index: g.Count - 1})
			}
		}
		before = receipt.Signature
		if left--; left <= 0 || t.missing == 0 {
			break
		}
	}
	return before
}

// remember keeps what is known of a round.
func (s *StandingsReader) remember(key finalized, now submissions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || s.size > maxRemembered {
		s.known, s.size = map[finalized]submissions{}, 0
	}
	if old, found := s.known[key]; found {
		s.size -= 1 + len(old.gradients)
	}
	s.size += 1 + len(now.gradients)
	s.known[key] = now
}
