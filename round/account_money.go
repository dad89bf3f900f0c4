package round

import (
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Vault holds a round's reward and records what was paid out of it.
type Vault struct {
	Address solana.PublicKey // [Addresses.Vault]
	RoundID uint64           // of the round whose reward it holds
	reward.Ledger
}

// DecodeVault reads the data of a vault.
func DecodeVault(address solana.PublicKey, data []byte) (*Vault, error) {
	w, err := anchor.Decode[bindings.Vault]("Vault", address, bindings.Account_Vault, data)
	if err != nil {
		return nil, err
	}
	return &Vault{Address: address, RoundID: w.RoundId, Ledger: reward.Ledger{
		PaidTrainers: w.PaidTrainers, PaidValidators: w.PaidValidators, Fees: w.Fees, Forfeited: w.Forfeited,
		Withdrawn: w.Withdrawn, TrainerClaims: w.TrainerClaims, ValidatorClaims: w.ValidatorClaims,
	}}, nil
}

// Stake is what a validator has at stake.
type Stake struct {
	Address   solana.PublicKey // [Addresses.Stake]
	Validator solana.PublicKey // whose stake it is
	Amount    uint64           // lamports that count
	Unlocking uint64           // lamports that were requested back and are not withdrawn yet
	UnlockAt  time.Time        // when these can be withdrawn; meaningless if there are none
	Slashed   uint64           // lamports lost so far

	// Since is when the stake was last added to: see [Round.InCommittee]. Zero for an
	// account from before there were committees, which is drawn for none until then.
	Since time.Time
}

// firstStake is the size of a stake from before there were committees.
const firstStake = 73

// DecodeStake reads the data of a validator's stake.
func DecodeStake(address solana.PublicKey, data []byte) (*Stake, error) {
	if len(data) == firstStake {
		data = append(slices.Clone(data), make([]byte, 8)...)
	}
	w, err := anchor.Decode[bindings.ValidatorStake]("ValidatorStake", address, bindings.Account_ValidatorStake, data)
	if err != nil {
		return nil, err
	}
	return &Stake{Address: address, Validator: w.Validator, Amount: w.Amount, Unlocking: w.Unlocking,
		UnlockAt: anchor.Unix(w.UnlockAt), Slashed: w.Slashed, Since: anchor.Unix(w.Since)}, nil
}

// Commitment is a validator's commitment to a score that it has not revealed yet.
type Commitment struct {
	Address     solana.PublicKey // [Addresses.Commitment]
	RoundID     uint64           // of the round
	Subject     solana.PublicKey // trainer of the gradient, or the zero key for the base model
	Validator   solana.PublicKey // who committed
	Hash        [32]byte         // see [CommitmentHash]
	CommittedAt time.Time        // by the chain's clock
	RevealEnds  time.Time        // from then on it can be closed, or slashed
	Sealed      bool             // of a sealed round
}

// plainCommitment is the size of a commitment of a plain round.
const plainCommitment = 129

// DecodeCommitment reads the data of a commitment.
func DecodeCommitment(address solana.PublicKey, data []byte) (*Commitment, error) {
	if len(data) == plainCommitment {
		data = append(slices.Clone(data), 0)
	}
	w, err := anchor.Decode[bindings.Commitment]("Commitment", address, bindings.Account_Commitment, data)
	if err != nil {
		return nil, err
	}
	return &Commitment{Address: address, RoundID: w.RoundId, Subject: w.Subject, Validator: w.Validator,
		Hash: w.Hash, CommittedAt: anchor.Unix(w.CommittedAt), RevealEnds: anchor.Unix(w.RevealEnds), Sealed: w.Sealed}, nil
}

// Unopened is the mark that a validator was slashed for commitments of a round that it
// never revealed.
type Unopened struct {
	Address   solana.PublicKey // [Addresses.Unopened]
	RoundID   uint64           // of the round
	Validator solana.PublicKey // who was slashed
	Reporter  solana.PublicKey // who reported it first, and gets the rent back
	Slashed   uint64           // lamports taken from the stake
}

// DecodeUnopened reads the data of such a mark.
func DecodeUnopened(address solana.PublicKey, data []byte) (*Unopened, error) {
	w, err := anchor.Decode[bindings.Unopened]("Unopened", address, bindings.Account_Unopened, data)
	if err != nil {
		return nil, err
	}
	return &Unopened{Address: address, RoundID: w.RoundId, Validator: w.Validator, Reporter: w.Reporter, Slashed: w.Slashed}, nil
}

// Counter counts the rounds and holds the protocol's parameters.
type Counter struct {
	Address          solana.PublicKey // [Addresses.Counter]
	Count            uint64           // rounds so far: the id of the next one
	Authority        solana.PublicKey // who may change the parameters
	PendingAuthority solana.PublicKey // zero: none was proposed
	Treasury         solana.PublicKey // of rounds created from now on
	Parameters       Parameters       // of rounds created from now on
	TotalStake       uint64           // of all validators, without what is unlocking, lamports
}

// kitCounter is the size of the counter of an older program.
const kitCounter = 17

// DecodeCounter reads the data of the counter.
func DecodeCounter(address solana.PublicKey, data []byte) (*Counter, error) {
	w, err := anchor.Decode[bindings.RoundCounter]("RoundCounter", address, bindings.Account_RoundCounter, data)
	if err != nil && len(data) == kitCounter && [8]byte(data) == bindings.Account_RoundCounter {
		return nil, &chain.AccountError{Kind: "RoundCounter", Address: address, Reason: ErrForeignProgram}
	}
	if err != nil {
		return nil, err
	}
	return &Counter{Address: address, Count: w.Count, Authority: w.Authority, PendingAuthority: w.PendingAuthority,
		Treasury: w.Treasury, Parameters: parametersOf(w.Params), TotalStake: w.TotalStake}, nil
}
