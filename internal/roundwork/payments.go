package roundwork

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Payments sends a worker's transactions about rounds: all of them, so that none is left out of the books. In each round
// there is one at a time (of reveals, a few: see [Group]), so that where another worker with the same wallet is at work
// too, one of them fails at most before this one stays behind ([Rivals]). It is safe for concurrent use.
type Payments struct {
	Rounds *round.Client
	Purse  *Purse
	Rivals *Rivals

	mu       sync.Mutex
	busy     map[any]*turnstile
	inFlight uint64 // lamports of what is being sent
}

// Bounds are those of a worker's purse.
type Bounds struct {
	Floor, PerDay uint64 // lamports, as in [Purse]
	Dir           string // where what was spent is kept, if PerDay is set
}

// NewPayments returns the payments of a worker that looks at the chain every poll. It fails where what was spent cannot
// be read.
func NewPayments(c *round.Client, poll time.Duration, b Bounds) (*Payments, error) {
	purse := &Purse{Floor: b.Floor, PerDay: b.PerDay, Path: filepath.Join(b.Dir, fmt.Sprintf("spent-%s.json", c.Wallet()))}
	if b.PerDay > 0 {
		if _, err := readLedger(purse.Path); err != nil {
			return nil, err
		}
	}
	return &Payments{Rounds: c, Purse: purse, Rivals: &Rivals{Poll: poll}, busy: map[any]*turnstile{}}, nil
}

// lanes is how many reveals of a round are on their way at a time. Each takes a second or two on a cluster, and a validator
// that has scored 200 heads would be late in a window of five minutes, and slashed, if it sent one after the other.
const lanes = 4

// laneSeed decides who shares a lane: a new one in each process. Who could tell beforehand would choose the wallets of its
// trainers so that all of a round's reveals share one, and report those who are late.
var laneSeed = maphash.MakeSeed()

// lane is where reveals of a round wait for one another.
type lane struct {
	round uint64
	n     uint64
}

// Group names the light steps that a worker takes one after the other: those of a round, where reveals have a few lanes of
// their own. Publishing sends no transaction, and nothing waits for it, nor for what is said about where a submission is.
func Group(s round.Step) any {
	switch s.Kind {
	case round.StepPublish, round.StepSetSource:
		return s
	case round.StepReveal:
		return lane{s.RoundID, maphash.Comparable(laneSeed, s.Subject) % lanes}
	}
	return s.RoundID
}

// turnstile lets one through at a time.
type turnstile struct {
	place chan struct{}
	users int
}

// Outlay is what a transaction takes out of the wallet beside its fee.
type Outlay struct {
	Rent uint64 // lamports of the accounts that it makes
	// Later has to be left in the wallet for what must follow it, such as the reveal of a commitment.
	Later uint64
	// Owed marks what ends what was begun (reveals, claims, rent that comes back): it is noted, and sent whatever the
	// purse's bounds are, since the wallet would lose more without it.
	Owed bool
}

// limitPause is how long to wait where the purse refuses.
const limitPause = 5 * time.Minute

// InTurn does something while nothing else of its [Group] is sent.
func (p *Payments) InTurn(ctx context.Context, group any, do func() error) error {
	leave, err := p.enter(ctx, group)
	if err != nil {
		return err
	}
	defer leave()
	return do()
}

// enter waits for its turn in a group.
func (p *Payments) enter(ctx context.Context, id any) (leave func(), err error) {
	p.mu.Lock()
	t := p.busy[id]
	if t == nil {
		t = &turnstile{place: make(chan struct{}, 1)}
		p.busy[id] = t
	}
	t.users++
	p.mu.Unlock()
	gone := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(p.busy, id)
		}
	}
	select {
	case t.place <- struct{}{}:
		return func() { <-t.place; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, context.Cause(ctx)
	}
}

// fundsPause is how long to wait for lamports to arrive in the wallet.
const fundsPause = time.Minute

// Afford fails, with the reason to wait, where a transaction could not be paid for now: before the work that it is for.
func (p *Payments) Afford(ctx context.Context, o Outlay) error {
	balance, err := p.balance(ctx, o)
	if err != nil {
		return err
	}
	return wait(p.Purse.Check(ctx, plus(p.Rounds.Chain().MaxFee(), o.Rent), balance))
}

// Send sends a transaction about a step that was just found to be due, within [Payments.InTurn], unless this worker stays
// behind in the round: then the error is the reason to wait.
func (p *Payments) Send(ctx context.Context, s round.Step, o Outlay, send func() (round.Receipt, error)) (round.Receipt, error) {
	if err := p.Rivals.StandBy(s); err != nil {
		return round.Receipt{}, err
	}
	fee := p.Rounds.Chain().MaxFee()
	defer p.flies(plus(fee, o.Rent))()
	balance, err := p.balance(ctx, o)
	if err != nil {
		return round.Receipt{}, err
	}
	settle, err := p.Purse.Spend(ctx, plus(fee, o.Rent), balance, o.Owed)
	if err != nil {
		return round.Receipt{}, wait(err)
	}
	r, err := send()
	settle(spent(r, err, fee, o.Rent))
	switch {
	case isDone(s.Kind, err):
		return r, p.Rivals.Beaten(s, err)
	case landed(r, err) && err != nil && !byOthers(s.Kind, err) && !isOptional(s.Kind):
		p.Rivals.Failed(s, err)
	}
	return r, err
}

// balance is the wallet's, if anybody has to know. It fails, with the reason to wait, where too little would be left.
func (p *Payments) balance(ctx context.Context, o Outlay) (uint64, error) {
	if p.Purse.Floor == 0 && o.Later == 0 {
		return 0, nil
	}
	balance, err := p.Rounds.Chain().Balance(ctx, p.Rounds.Wallet())
	if err != nil || o.Later == 0 {
		return balance, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if most := plus(max(p.inFlight, plus(p.Rounds.Chain().MaxFee(), o.Rent)), o.Later); balance < most {
		return balance, worker.Wait(fmt.Errorf("the wallet has %d lamports, and what is begun takes %d to end it: fund it", balance, most), fundsPause)
	}
	return balance, nil
}

// flies notes what is about to leave the wallet, which its balance does not show yet, until landed is called.
func (p *Payments) flies(lamports uint64) (landed func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight += lamports
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.inFlight -= lamports
	}
}

// wait makes the purse's refusal a reason to wait.
func wait(err error) error {
	if errors.Is(err, ErrFloor) || errors.Is(err, ErrSpending) {
		return worker.Wait(err, limitPause)
	}
	return err
}

// landed reports whether a transaction was processed, with success or without.
func landed(r round.Receipt, err error) bool {
	return !r.Signature.IsZero() && !errors.Is(err, chain.ErrUnconfirmed)
}

// spent is what a transaction took out of the wallet: no more than a fee if it failed, and nothing if it never landed.
func spent(r round.Receipt, err error, most, rent uint64) uint64 {
	if errors.Is(err, chain.ErrUnconfirmed) {
		return plus(most, rent) // it may land
	}
	if !landed(r, err) {
		return 0
	}
	fee := most
	if r.Fee > 0 {
		fee = r.Fee
	}
	if err != nil {
		return fee
	}
	return plus(fee, rent)
}

// GaveUp is how a claim ends that came after the claim period, when the round's vault was closed, by how the attempt to
// take the rent back ended.
func GaveUp(err error) error {
	switch {
	case err == nil:
		return worker.Permanent(errors.New("it is too late to claim, since the claim period is over and the vault is closed: only the rent came back"))
	case errors.Is(err, round.ErrTooEarly): // an outlier that nobody has slashed
		return worker.Wait(fmt.Errorf("it is too late to claim, since the claim period is over and the vault is closed; the rent comes back once the round is closed: %w", err), 24*time.Hour)
	}
	return err
}

// isDone reports whether an error says that what a step was to do is done already: of what only one wallet can do, by
// another worker with it.
func isDone(kind round.StepKind, err error) bool {
	for _, done := range doneBy[kind] {
		if errors.Is(err, done) {
			return true
		}
	}
	return false
}

// byOthers reports whether a transaction failed for what other wallets or the clock did, never a worker with this one: then
// the round's other steps do not wait for anything.
func byOthers(kind round.StepKind, err error) bool {
	return slices.ContainsFunc(othersDo, func(why error) bool { return errors.Is(err, why) }) ||
		kind == round.StepClaim && errors.Is(err, chain.ErrAccountNotInitialized) // its creator has closed the vault
}

// isOptional reports whether nothing in a round depends on steps of that kind: that one failed says nothing about the others.
func isOptional(kind round.StepKind) bool {
	return kind == round.StepSetSource || kind == round.StepCloseSource
}

var othersDo = []error{
	round.ErrTermsChanged, round.ErrValidatorSlotsFull, round.ErrTrainerSlotsFull, round.ErrDeadlinePassed, round.ErrPrevalidationClosed,
	round.ErrSubmissionsClosed, round.ErrCommitClosed, round.ErrRevealClosed, round.ErrTooEarly, round.ErrRoundNotActive,
	round.ErrCommitmentsOpen, round.ErrNotDrawn, round.ErrNotEligible,
}

var doneBy = map[round.StepKind][]error{
	round.StepSubmit: {chain.ErrAccountInUse}, round.StepScore: {chain.ErrAccountInUse}, round.StepCommit: {chain.ErrAccountInUse},
	round.StepReveal: {chain.ErrAccountInUse}, round.StepClaim: {round.ErrRewardAlreadyClaimed}, round.StepFinalize: {round.ErrRoundNotActive},
	round.StepDraw: {round.ErrAlreadyDrawn}, round.StepSlashUnopened: {chain.ErrAccountNotInitialized},
	round.StepSlash: {round.ErrAlreadySlashed}, round.StepSettle: {round.ErrAlreadySettled},
	round.StepCloseUnopened: {chain.ErrAccountNotInitialized}, round.StepCloseRound: {chain.ErrAccountNotInitialized},
}
