package model

import "github.com/gagliardetto/solana-go"

// Slots is how many members a run can have.
const Slots = 256

// MaxVerifiers is how many verifiers a round can have.
const MaxVerifiers = 32

// Roster is the account of a run's members.
type Roster struct {
	Run   solana.PublicKey
	Slots [Slots]Slot
}

// Ballots is the account of what a round is waiting for.
type Ballots struct {
	Bump        uint8
	Run         solana.PublicKey
	CreatedSlot uint64
	Round       uint32
	Submitted   Bitmap // bitmap of slots; in Warmup: who is ready
	Accepted    Bitmap
	Submissions uint16 // updates of the round; in Warmup: members ready
	Verifiers   [MaxVerifiers]Verifier
}

// Member is the account of a wallet in a run.
type Member struct {
	Bump         uint8
	Run          solana.PublicKey
	Wallet       solana.PublicKey
	CreatedSlot  uint64 // of the run; another value: the account counts as empty
	Payer        solana.PublicKey
	TransportKey Digest
	Slot         uint16 // 65535: none
	Generation   uint32
	JoinedEpoch  uint32
	UpdateRound  uint32 // 0: none
	UpdateDigest Digest
	UpdateOrder  uint16
	Stake        uint64 // the totals of a slot while it has none, and these
	Earned       uint64
	Slashed      uint64
	Claimed      uint64
}

// Authorization is an account that lets somebody do what its scope says.
type Authorization struct {
	Bump         uint8
	Grantor      solana.PublicKey
	Grantee      solana.PublicKey
	Scope        [32]byte
	Payer        solana.PublicKey
	Active       bool
	DelegatesLen uint8
	Delegates    [16]solana.PublicKey
}

// Protocol is the account of the protocol.
type Protocol struct {
	Bump             uint8
	Authority        solana.PublicKey
	PendingAuthority solana.PublicKey
	RoundProgram     solana.PublicKey // the program of parents
}

// Vault is the account that holds a run's lamports, besides its rent.
type Vault struct {
	Run  solana.PublicKey
	Bump uint8
}

// Slot is a member's place in the roster. Amounts are base units.
type Slot struct {
	Wallet   solana.PublicKey
	Status   uint8  // 0 Free, 1 Joined, 2 Active, 3 Leaving, 4 Left, 5 Dropped, 6 Ejected
	Missed   uint8  // rounds missed in a row
	Included uint16 // rounds of the epoch in which the update was included
	Rejected uint16 // rounds of the epoch in which it was left out
	Stake    uint64
	Earned   uint64
	Slashed  uint64 // points
	Claimed  uint64
	SlashDue uint64 // part of the stake that anybody may slash
	LeftAt   int64
}

// Verifier is what one verifier of a round did.
type Verifier struct {
	Slot      uint8
	Weight    uint64 // 1 with witnesses; with voters the effective stake at the draw
	Seen      Bitmap
	Committed Digest // hash
	Digest    Digest
	Included  Bitmap
	Score     int8 // -1, 0 or 1
	Accuracy  uint16
	Status    uint8 // bits: 1 seen, 2 committed, 4 revealed
}
