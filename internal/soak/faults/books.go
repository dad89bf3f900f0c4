package faults

import (
	"crypto/sha256"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// settle looks whether everybody has claimed. If so it takes back the remainder, and compares what was paid with what
// was owed.
func (s *soak) settle(e *era, creator *decloud.Client, r *round.Round) (settled bool, err error) {
	vault, err := creator.Rounds.Vault(e.ctx, r.ID)
	if err != nil {
		return false, err
	}
	if !vault.Complete(r.Shares()) {
		return false, nil
	}
	if _, err := creator.Rounds.WithdrawRemainder(e.ctx, r.ID); err != nil {
		return false, err
	}
	b, err := e.read(creator.Rounds, r)
	if err != nil {
		return false, err
	}
	for _, wrong := range b.check() {
		s.tally.fault("era %d, round %d: %s", e.number, r.ID, wrong)
	}
	s.tally.add("lamports paid", int(b.paidOut()))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fees += b.statement.Fees
	return true, nil
}

// read reads the history of a round from the chain.
func (e *era) read(rounds *round.Client, r *round.Round) (b books, err error) {
	b = books{round: r, paid: map[solana.PublicKey]uint64{}, times: map[string]int{}}
	if b.statement, err = rounds.Statement(e.ctx, r.ID); err != nil {
		return b, err
	}
	if b.gradients, err = rounds.Gradients(e.ctx, r.ID); err != nil {
		return b, err
	}
	all, err := e.node.GetSignaturesForAddressWithOpts(e.ctx, r.Address, &rpc.GetSignaturesForAddressOpts{Commitment: rpc.CommitmentConfirmed})
	if err != nil {
		return b, err
	}
	for _, one := range all {
		if one.Err != nil {
			b.failed++
			continue
		}
		receipt, err := rounds.Transaction(e.ctx, one.Signature)
		if err != nil {
			return b, err
		}
		for _, event := range receipt.Events {
			b.enter(event)
		}
	}
	vault, err := rounds.Vault(e.ctx, r.ID)
	b.open = err == nil
	if vault == nil {
		err = nil
	}
	return b, err
}

// books are what became of one round.
type books struct {
	round     *round.Round
	statement reward.Statement
	gradients []*round.Gradient
	paid      map[solana.PublicKey]uint64 // lamports
	times     map[string]int              // how often everything was done
	withdrawn uint64
	open      bool // the vault is still there
	failed    int  // transactions that were paid for and did nothing
}

// enter books an event.
func (b *books) enter(event round.Event) {
	switch ev := event.(type) {
	case round.GradientSubmitted:
		b.times["submission of "+ev.Trainer.String()]++
	case round.Prevalidated:
		b.times["base score of "+ev.Validator.String()]++
	case round.Postvalidated:
		b.times[fmt.Sprintf("score of %s by %s", ev.Trainer, ev.Validator)]++
	case round.TrainerRewardClaimed:
		b.times["claim of "+ev.Trainer.String()]++
		b.paid[ev.Trainer] += ev.Amount
	case round.ValidatorRewardClaimed:
		b.paid[ev.Validator] += ev.Amount
	case round.RemainderWithdrawn:
		b.withdrawn += ev.Amount
	}
}

// check says what is wrong with the books.
func (b *books) check() (wrong []string) {
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for what, times := range b.times {
		if times != 1 {
			add("%d times the %s", times, what)
		}
	}
	owed := map[solana.PublicKey]uint64{}
	for _, line := range b.statement.Lines {
		owed[line.Claimant] += line.Payment.Net
	}
	for who, lamports := range owed {
		if b.paid[who] != lamports {
			add("%s was paid %d lamports of %d", who, b.paid[who], lamports)
		}
	}
	for who, lamports := range b.paid {
		if _, ok := owed[who]; !ok && lamports > 0 {
			add("%s was paid %d lamports and owed none", who, lamports)
		}
	}
	if sum := b.paidOut() + b.statement.Fees + b.withdrawn; sum != b.round.Reward {
		add("a reward of %d became %d lamports", b.round.Reward, sum)
	}
	if b.open {
		add("the vault is open, though everything was paid")
	}
	for _, g := range b.gradients {
		if len(g.Scores) < int(b.round.Options.MinPostvalidations) {
			add("the submission of %s has %d scores of %d", g.Trainer, len(g.Scores), b.round.Options.MinPostvalidations)
		}
	}
	return wrong
}

func (b *books) paidOut() (sum uint64) {
	for _, lamports := range b.paid {
		sum += lamports
	}
	return sum
}

// ghostOf is a CID that nobody can fetch.
func ghostOf(n uint64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "ghost %d", n))
	hash, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		panic(err) // of a digest of the right size there is none
	}
	return cid.NewCidV1(cid.DagProtobuf, hash).String()
}

// audit checks the treasury of a chain whose rounds are all settled.
func (e *era) audit() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open > 0 {
		return fmt.Errorf("%d rounds are not settled", e.open)
	}
	has, err := e.rounds[0].Chain.Balance(e.ctx, round.LocalTreasury)
	if err != nil {
		return err
	}
	if has-e.treasury != e.fees {
		return fmt.Errorf("the treasury got %d lamports, and was owed %d", has-e.treasury, e.fees)
	}
	return nil
}
