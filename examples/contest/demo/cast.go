package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/narrator"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

var validators = []string{"val-ada", "val-ben", "val-cleo"}

const (
	poll  = 100 * time.Millisecond
	purse = 5 * chain.LamportsPerSOL // of every wallet at the start
)

// stage is where the contest is played.
type stage struct {
	Options
	subject subject
	cast    []role // the miners
	net     *localnet.Network
	root    string
	story   *narrator.Narrator
	pkg     *packagefmt.Package
	creator *decloud.Client
	names   names
	fail    context.CancelCauseFunc // ends the contest
	workers sync.WaitGroup

	mu        sync.Mutex
	ids       []cid.Cid              // of the contests' packages
	opened    []uint64               // rounds of the epochs
	published map[uint64]int         // submissions, by round
	earned    map[string]uint64      // what workers said they were paid, by name
	claims    int                    // how often they said so
	back      uint64                 // lamports that the creator got back
	told      map[verdictKey]verdict // what the first validator said of submissions
}

// names are those of wallets.
type names map[solana.PublicKey]string

func (n names) of(key solana.PublicKey) string {
	if name, ok := n[key]; ok {
		return name
	}
	return key.String()
}

// in puts names in the place of wallets.
func (n names) in(text string) string {
	for key, name := range n {
		text = strings.ReplaceAll(text, key.String(), name)
	}
	return text
}

// wallet is somebody's.
func (n names) wallet(name string) (key solana.PublicKey) {
	for k, of := range n {
		if of == name {
			key = k
		}
	}
	return key
}

// verdictKey names a submission.
type verdictKey struct {
	round uint64
	miner solana.PublicKey
}

// verdict is what a validator found.
type verdict struct{ verdict, reason string }

// client makes somebody with a wallet, a store and a directory. All that they share is the chain's address and a directory of
// CARs.
func (s *stage) client(name string) (*decloud.Client, error) {
	wallet, err := chain.NewKeypair()
	if err != nil {
		return nil, err
	}
	if err := s.net.Fund(wallet.PublicKey(), purse); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.names[wallet.PublicKey()] = name
	s.mu.Unlock()
	cars := storage.NewCARDir(filepath.Join(s.root, "cars"))
	return decloud.New(decloud.Config{
		Dir:          filepath.Join(s.root, name),
		Chain:        chain.Config{Network: chain.Network{Name: "contest", RPC: s.net.URL(), WS: s.net.WSURL()}, Signer: wallet},
		RoundProgram: s.net.ProgramID(),
		Store:        storage.Config{Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}, NoSync: true}, // the chain forgets all, too
	})
}

// work runs somebody's worker until ctx ends.
func (s *stage) work(ctx context.Context, name string, client *decloud.Client, do func(context.Context) error) {
	s.workers.Go(func() {
		defer client.Close()
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.fail(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// validate starts a validator.
func (s *stage) validate(ctx context.Context, name string) error {
	client, err := s.client(name)
	if err != nil {
		return err
	}
	if _, err := client.Rounds.AddStake(ctx, decloud.ValidatorStake); err != nil {
		client.Close()
		return err
	}
	s.work(ctx, name, client, func(ctx context.Context) error {
		return client.Validate(ctx, validator.Config{
			Data: map[dataset.ID]dataset.Dataset{s.subject.id(): s.subject.test()}, Dir: filepath.Join(s.root, name, "validating"), Poll: poll,
			Policy: validator.Policy{AtALoss: true}, Observer: s.ofValidator(name),
		})
	})
	return nil
}

// mine starts a miner, who submits what revisions gives.
func (s *stage) mine(ctx context.Context, name string, client *decloud.Client, from trainer.Submissions) {
	s.work(ctx, name, client, func(ctx context.Context) error {
		return client.Train(ctx, trainer.Config{
			Submit: map[dataset.ID]trainer.Submissions{s.subject.id(): from}, Dir: filepath.Join(s.root, name, "mining"), Poll: poll, Observer: s.ofMiner(name),
			Policy: trainer.Policy{Holdouts: []solana.PublicKey{s.creator.Rounds.Wallet()}},
		})
	})
}

// revisions are a miner's data, written anew for each epoch in which it changes.
type revisions struct {
	mu  sync.Mutex
	dir string // of the newest
}

// Newest implements trainer.Submissions.
func (r *revisions) Newest(ctx context.Context, of *round.Round) (trainer.Revision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return trainer.Directory(r.dir).Newest(ctx, of)
}

func (r *revisions) set(dir string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dir = dir
}

// ofMiner tells what a miner's worker reports.
func (s *stage) ofMiner(name string) func(trainer.Event) {
	return func(e trainer.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e.Kind {
		case trainer.EventSubmitted:
			s.story.Tell(name, "submits …%s, sealed, and its bond", last(e.CID.String()))
		case trainer.EventPublished:
			s.published[e.RoundID]++
		case trainer.EventClaimed:
			s.earned[name] += e.Lamports
			s.claims++
			if e.Lamports > 0 {
				s.story.Tell(name, "is paid %s SOL", chain.FormatSOL(e.Lamports))
			}
		case trainer.EventRefused, trainer.EventFailed:
			s.failed(name, e.Err, e.Retry)
		}
	}
}

// ofValidator tells what a validator's worker reports.
func (s *stage) ofValidator(name string) func(validator.Event) {
	return func(e validator.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e.Kind {
		case validator.EventGradient:
			key := verdictKey{e.RoundID, e.Trainer}
			if _, known := s.told[key]; known {
				return
			}
			reason := s.names.in(e.Score.Reason)
			s.told[key] = verdict{e.Score.Verdict.String(), reason}
			remark := ""
			if reason != "" {
				remark = fmt.Sprintf(" (%s)", reason)
			}
			s.story.Tell(name, "commits to a score of what %s submitted: %s%s", s.names.of(e.Trainer), percent(e.Score.Accuracy), remark)
		case validator.EventClaimed:
			s.earned[name] += e.Lamports
			s.claims++
		case validator.EventSlashed:
			s.fail(fmt.Errorf("%s slashes %s, who is honest", name, s.names.of(e.Validator)))
		case validator.EventRefused, validator.EventFailed:
			s.failed(name, e.Err, e.Retry)
		}
	}
}

// failed ends the contest, unless the worker only waits for something.
func (s *stage) failed(name string, err error, retry time.Duration) {
	if retry == 0 {
		s.fail(fmt.Errorf("%s: %w", name, err))
	}
}

// ofContest tells what the creator's contest reports.
func (s *stage) ofContest(e decloud.ContestEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case decloud.ContestStarted:
		s.ids = append(s.ids, e.CID)
	case decloud.ContestOpened:
		s.opened = append(s.opened, e.RoundID)
		s.story.Tell("creator", "opens epoch %d, round %d, and locks %s SOL in it", len(s.opened), e.RoundID, chain.FormatSOL(e.Lamports))
	case decloud.ContestFinalized:
		s.story.Tell("creator", "closes epoch %d", s.number(e.RoundID))
	case decloud.ContestWithdrawn:
		s.back += e.Lamports
		if e.Lamports == 0 {
			return
		}
		s.story.Tell("creator", "takes back %s SOL of epoch %d, which nobody earned", chain.FormatSOL(e.Lamports), s.number(e.RoundID))
	}
}

// number is which epoch of all a round is, from 1.
func (s *stage) number(id uint64) int { return slices.Index(s.opened, id) + 1 }

func last(text string) string { return text[max(0, len(text)-6):] }

func percent(hundredths uint32) string {
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}
