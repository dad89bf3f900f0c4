package round

import (
	"fmt"
	"math"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// In the flags of a fair round's account.
const (
	flagSealed   = 1
	flagRevealed = 2
	flagDrawn    = 4
)

// MinTolerance is the smallest outlier tolerance of a fair round, hundredths of a
// percent: 20.
const MinTolerance = 20

// FairOptions are what [ConfigureFair] sets on top of [Options]. Publication and bonds
// are those of sealed rounds, which commit and reveal and have quorums of 3 at least. A
// committee needs a sealed round with a minimum stake.
type FairOptions struct {
	Sealed           bool          // submissions are published, and scored, only after they closed
	Task             Task          // what is submitted: no rule of the program depends on it
	Committee        uint8         // how many validators are drawn, about: the larger quorum to 24; 0: all may score
	OutlierTolerance uint16        // largest distance from the median that is no outlier, hundredths of a percent, [MinTolerance] to 10,000
	PublishWindow    time.Duration // from the end of submissions to the first score; whole seconds
	SubmissionSlots  uint32        // gradients are taken in so many slots from this instruction on, besides the time for them; 0: no bound
	Bond             uint64        // lamports that a gradient puts up, and loses if it is no better than the base
	Deadline         time.Time     // takes the place of [Options].Deadline; whole seconds
	Holdout          [32]byte      // sha256 of the key of a sealed test; zero: none
}

func (o FairOptions) wire() bindings.FairOptions {
	return bindings.FairOptions{
		Sealed: o.Sealed, Task: uint8(o.Task), Committee: o.Committee, OutlierTolerance: o.OutlierTolerance,
		PublishWindow: uint32(o.PublishWindow / time.Second), SubmissionSlots: o.SubmissionSlots, Bond: o.Bond,
		Deadline: o.Deadline.Unix(), Holdout: o.Holdout,
	}
}

func fairOptionsOf(w bindings.FairOptions) FairOptions {
	return FairOptions{
		Sealed: w.Sealed, Task: Task(w.Task), Committee: w.Committee, OutlierTolerance: w.OutlierTolerance,
		PublishWindow: time.Duration(w.PublishWindow) * time.Second, SubmissionSlots: w.SubmissionSlots, Bond: w.Bond,
		Deadline: anchor.Unix(w.Deadline), Holdout: w.Holdout,
	}
}

// fairOf are the fair options in a round's account.
func fairOf(w *bindings.Round) *FairOptions {
	return &FairOptions{
		Sealed: w.FairFlags&flagSealed != 0, Task: Task(w.Task), Committee: w.Committee, OutlierTolerance: w.OutlierTolerance,
		PublishWindow: time.Duration(w.PublishWindow) * time.Second, SubmissionSlots: w.SubmissionSlots, Bond: w.Bond,
		Deadline: anchor.Unix(w.Deadline), Holdout: w.Holdout,
	}
}

// check checks what does not depend on the round.
func (o FairOptions) check() error {
	switch {
	case o.Deadline.IsZero():
		return fmt.Errorf("%w: FairOptions without a Deadline", ErrArgument)
	case o.Task > TaskData:
		return fmt.Errorf("%w: unknown task %d", ErrArgument, o.Task)
	case o.OutlierTolerance < MinTolerance || o.OutlierTolerance > rating.MaxAccuracy:
		return fmt.Errorf("%w: OutlierTolerance of %d: it is %d to %d", ErrArgument, o.OutlierTolerance, MinTolerance, rating.MaxAccuracy)
	case o.PublishWindow < 0 || o.PublishWindow%time.Second != 0 || o.PublishWindow/time.Second > math.MaxUint32:
		return fmt.Errorf("%w: PublishWindow of %s: it must be whole seconds and not negative", ErrArgument, o.PublishWindow)
	}
	return nil
}

// ConfigureFair sets the options of a fair round in which nobody has taken part
// yet, usually in the transaction that creates it. It comes after [ConfigureRound],
// which takes them back.
type ConfigureFair struct {
	RoundID uint64           // of the round
	Options FairOptions      // all of them, set at once
	Creator solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i ConfigureFair) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Creator", i.Creator); err != nil {
		return nil, err
	}
	if err := i.Options.check(); err != nil {
		return nil, err
	}
	ix, err := bindings.NewConfigureFairInstruction(i.RoundID, i.Options.wire(), Addresses{program}.Round(i.RoundID), i.Creator)
	return bind(program, bindings.Instruction_ConfigureFair, ix, err)
}

// DrawCommittee draws who may score a sealed round with a committee; anybody may, once
// submissions are over. The first call chooses the next slot, another one in a later
// slot takes its hash for the seed. If nobody came for that within 512 slots, it chooses
// anew.
type DrawCommittee struct {
	RoundID uint64           // of the round
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i DrawCommittee) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Anyone", i.Anyone); err != nil {
		return nil, err
	}
	a := Addresses{program}
	ix, err := bindings.NewDrawCommitteeInstruction(i.RoundID, a.Round(i.RoundID), a.Counter(), i.Anyone)
	return bind(program, bindings.Instruction_DrawCommittee, ix, err)
}

// RevealHoldout reveals the key of a sealed test; anybody may who knows it.
type RevealHoldout struct {
	RoundID uint64           // of the round
	Key     [32]byte         // whose sha256 is [FairOptions].Holdout
	Anyone  solana.PublicKey // signs and pays
}

// Build implements [Instruction].
func (i RevealHoldout) Build(program solana.PublicKey) (solana.Instruction, error) {
	if err := checkKeys("Anyone", i.Anyone); err != nil {
		return nil, err
	}
	ix, err := bindings.NewRevealHoldoutInstruction(i.RoundID, i.Key, Addresses{program}.Round(i.RoundID), i.Anyone)
	return bind(program, bindings.Instruction_RevealHoldout, ix, err)
}
