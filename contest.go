package decloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
)

// Contest runs a contest of data: it opens an epoch when the one before has ended, draws its committee if nobody else does,
// finalizes it, takes back what nobody earned, and closes it once its claim period is over. It returns nil when the last epoch
// is finalized and what can be taken back is; its own wallet's rounds of later are for [Client.ClaimAll] and [Client.CloseRounds].
// It returns ctx's cause when ctx is done. Failures go to the observer, and are tried again.
//
// It keeps no books: which epochs there were is read from the chain, from the creator, the package, the task and the number in
// the bond ([EpochOf]), so that it goes on where it was after a kill. An epoch is opened under the round's id that was
// free when the rounds were read: where a transaction of before the kill arrives after all, one of the two fails. Where two
// epochs have one number all the same, since the wallet is used on two machines or a node lags, the later round is cancelled
// before it takes submissions, and its reward comes back. The round of the newest epoch is never closed by Contest, since
// the next number follows from it: with all rounds of a contest closed, the next call starts a new contest.
func (c *Client) Contest(ctx context.Context, cfg ContestConfig) error {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return err
	}
	unlock, err := roundwork.LockWallet(cfg.Locks, "contest", c.Rounds)
	if err != nil {
		return fmt.Errorf("decloud: %w", err)
	}
	defer unlock()
	k := &contest{Client: c, cfg: cfg}
	if err := k.prepare(ctx); err != nil {
		return err
	}
	revealing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() { k.reveal(revealing) })
	for {
		over, err := k.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			k.tell(ContestEvent{Kind: ContestFailed, Err: err, Retry: cfg.Poll})
		case over:
			k.tell(ContestEvent{Kind: ContestOver})
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(cfg.Poll):
		}
	}
}

// contest is one that runs.
type contest struct {
	*Client
	cfg     ContestConfig
	cid     cid.Cid
	dataset round.Dataset
	// published reports whether the package is where validators fetch it from.
	published bool
	holdout   bool       // its epoch has a sealed test
	number    int        // of the newest epoch that this process has opened: a node that does not show it lags
	mu        sync.Mutex // held while the observer is told
}

func (k *contest) tell(e ContestEvent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cfg.Observer(e)
}

// prepare puts the package into the store.
func (k *contest) prepare(ctx context.Context) error {
	id, ok := k.cfg.Package.Dataset()
	if !ok {
		return fmt.Errorf("decloud: the package names no data set that is known here (%q): set packagefmt.BuildOptions.Dataset",
			k.cfg.Package.Config.Metadata.Dataset)
	}
	k.dataset = round.Dataset(id)
	files, err := k.cfg.Package.FS()
	if err != nil {
		return err
	}
	if k.cid, err = k.Store.Add(ctx, files); err != nil {
		return err
	}
	terms, err := k.terms(ctx, 1)
	if err != nil {
		return err
	}
	k.holdout = terms.Fair.Holdout != [32]byte{}
	if k.holdout && k.cfg.Epochs > 1 {
		return errors.New("decloud: a contest with a sealed test has one epoch, since its key is public after that: start one for each package")
	}
	k.tell(ContestEvent{Kind: ContestStarted, CID: k.cid})
	if !k.holdout {
		k.tell(ContestEvent{Kind: ContestWarned, Err: ErrPublicTest})
	}
	return nil
}

// ErrPublicTest is what a contest without a sealed test is warned of.
var ErrPublicTest = errors.New("decloud: the test of this contest is public: who trains on it wins, since rows that are changed a little pass every comparison of rows. Seal a test of your own (packagefmt.BuildOptions.Holdout) to prevent it")

// reveal reveals the keys of sealed tests. For one of this contest it looks as often as at the rounds: the epoch is opened
// behind the first look, and may be short.
func (k *contest) reveal(ctx context.Context) {
	poll := revealPoll
	if k.holdout {
		poll = min(poll, k.cfg.Poll)
	}
	_ = k.revealHoldouts(ctx, poll, func(id uint64, err error) {
		e := ContestEvent{Kind: ContestRevealed, RoundID: id}
		if err != nil {
			e.Kind, e.Err = ContestFailed, err
		}
		k.tell(e)
	})
}

// pass does what is due, and reports whether all is done.
func (k *contest) pass(ctx context.Context) (over bool, err error) {
	counter, err := k.Rounds.Counter(ctx) // first: a round that is not among those read below has this id or a later one
	if err != nil {
		return false, err
	}
	epochs, err := k.epochs(ctx, k.Rounds.Wallet(), k.cid)
	if err != nil {
		return false, err
	}
	now, err := k.Chain.Now(ctx)
	if err != nil {
		return false, err
	}
	last := 0
	for _, e := range epochs {
		last = max(last, EpochOf(e.round, k.cid))
	}
	var failed []error
	quiet := true
	for _, e := range epochs {
		number := EpochOf(e.round, k.cid)
		did, err := k.look(ctx, e, number == last, now)
		if err != nil {
			failed = append(failed, fmt.Errorf("epoch %d (round %d): %w", number, e.round.ID, err))
		}
		quiet = quiet && !did && e.round.Status != round.Active
	}
	active := slices.ContainsFunc(epochs, func(e epochRound) bool { return e.round.Status == round.Active })
	if !active && last >= k.number && last < k.cfg.Epochs {
		return false, errors.Join(append(failed, k.open(ctx, counter.Count, last+1))...)
	}
	return quiet && last >= k.cfg.Epochs && len(failed) == 0, errors.Join(failed...)
}

// open opens an epoch under the id that no round had when the rounds were read.
func (k *contest) open(ctx context.Context, id uint64, number int) error {
	if !k.published {
		if _, err := k.Store.Push(ctx, k.cid); err != nil {
			return fmt.Errorf("package %s was not published, and epoch %d not opened: %w", k.cid, number, err)
		}
		k.published = true
	}
	terms, err := k.terms(ctx, number)
	if err != nil {
		return fmt.Errorf("epoch %d: %w", number, err)
	}
	spec := terms.Spec(round.Spec{ModelCID: k.cid.String(), Dataset: k.dataset, Reward: k.cfg.Reward, MinRating: max(k.cfg.MinRating, leastRating)})
	receipt, err := k.Rounds.Send(ctx, spec.Instructions(id, k.Rounds.Wallet())...)
	if errors.Is(err, round.ErrInvalidRoundID) || errors.Is(err, chain.ErrAccountInUse) {
		return nil // it is taken: by somebody else, or by this wallet a moment ago, which the next look shows
	}
	if err != nil {
		return fmt.Errorf("opening epoch %d: %w", number, err)
	}
	k.number = number
	k.tell(ContestEvent{Kind: ContestOpened, Epoch: number, RoundID: id, Signature: receipt.Signature.String(), Lamports: k.cfg.Reward})
	return nil
}

// terms are those of an epoch that is opened now.
func (k *contest) terms(ctx context.Context, number int) (Terms, error) {
	t, err := k.FairTerms(ctx, LaunchOptions{Package: k.cfg.Package, Reward: k.cfg.Reward, Quorum: k.cfg.Quorum, Pace: k.cfg.Pace})
	if err != nil {
		return t, err
	}
	t.Fair.SubmissionSlots = k.cfg.SubmissionSlots
	if k.cfg.Change != nil {
		k.cfg.Change(&t)
	}
	if t.Fair == nil {
		return t, errors.New("decloud: ContestConfig.Change took Fair away: the epochs of a contest are data rounds")
	}
	t.Fair.Task = round.TaskData
	t.Fair.Bond = numbered(t.Fair.Bond, number)
	return t, t.Check()
}
